-- The calendar of legal days, each organ's clock settings, extensions and pauses.

-- Each notice of the State Council on a year's rest days, and each correction, is a row of its own; the newest of a
-- year counts, before the year that comes with the product.
CREATE TABLE calendar_years (
  serial bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  year int NOT NULL CHECK (year BETWEEN 2000 AND 2999),
  revision int NOT NULL CHECK (revision > 0),
  rest date[] NOT NULL,
  work date[] NOT NULL,
  -- title and number of the notice
  source text NOT NULL,
  notice_number text NOT NULL,
  reason text NOT NULL,
  officer_id int NOT NULL REFERENCES officers (id),
  officer_name text NOT NULL,
  organ_name text NOT NULL,
  recorded_at timestamptz NOT NULL,
  UNIQUE (year, revision)
);

-- What an organ chose where the law leaves it to it; the newest row of an organ and clock counts. `clock` is
-- `reminder` for how many hours before the end its officers are reminded. NULL: as the law's data say.
CREATE TABLE clock_settings (
  serial bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
  organ_id int NOT NULL REFERENCES organs (id),
  clock text NOT NULL,
  n int CHECK (n > 0),
  unit text CHECK (unit IN ('hour', 'day', 'workday', 'month', 'year')),
  reason text NOT NULL,
  officer_id int NOT NULL REFERENCES officers (id),
  officer_name text NOT NULL,
  set_at timestamptz NOT NULL,
  CHECK ((n IS NULL) = (unit IS NULL)),
  CHECK (clock <> 'reminder' OR n IS NULL OR unit = 'hour')
);
CREATE INDEX clock_settings_newest ON clock_settings (organ_id, clock, serial DESC);

-- How a clock is counted where it is not by the law's own length, and whether it stands still.
ALTER TABLE clocks
  ADD COLUMN length_n int,
  ADD COLUMN length_unit text,
  ADD COLUMN length_why text,
  ADD COLUMN halted_at timestamptz,
  ADD COLUMN halted_on text,
  ADD CHECK (num_nulls(length_n, length_unit, length_why) IN (0, 3)),
  ADD CHECK (num_nulls(halted_at, halted_on) IN (0, 2)),
  ADD CHECK (halted_at IS NULL OR due_at IS NULL);
CREATE INDEX clocks_provisional ON clocks (due_at) WHERE stopped_at IS NULL AND provisional;

-- What moved a clock's end: an extension, another length by document, time that does not count (from `since` to
-- `until`), or a year's calendar. Added, never changed.
CREATE TABLE clock_changes (
  id uuid PRIMARY KEY,
  clock_id uuid NOT NULL REFERENCES clocks (id),
  kind text NOT NULL CHECK (kind IN ('started', 'extended', 'length', 'paused', 'resumed', 'calendar', 'stopped')),
  -- the ground of a pause, the circumstance of another length, the outcome
  ground text,
  n int,
  unit text,
  since timestamptz,
  until timestamptz,
  document text NOT NULL DEFAULT '',
  party_notice text NOT NULL DEFAULT '',
  reason text NOT NULL DEFAULT '',
  due_before timestamptz,
  due_after timestamptz,
  officer_id int REFERENCES officers (id),
  organ_id int REFERENCES organs (id),
  officer_name text NOT NULL,
  organ_name text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX clock_changes_by_clock ON clock_changes (clock_id, id);

ALTER TABLE calendar_years ENABLE ROW LEVEL SECURITY;
ALTER TABLE clock_settings ENABLE ROW LEVEL SECURITY;
ALTER TABLE clock_changes ENABLE ROW LEVEL SECURITY;

-- The calendar is everybody's: kept by the coordinating office, or by a system administrator, of an organ than
-- which the directory knows no coordinating office of a higher level.
CREATE FUNCTION keeps_calendar() RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
DECLARE
  levels CONSTANT text[] := ARRAY['county', 'city', 'province', 'nation'];
BEGIN
  RETURN (my_kind() = 'coordinating' OR has_role('system_admin')) AND NOT EXISTS (
    SELECT 1 FROM organs o WHERE o.kind = 'coordinating' AND o.active
      AND array_position(levels, o.level) > array_position(levels, my_level()));
END
$$;
CREATE POLICY read ON calendar_years FOR SELECT TO xianjie_app USING ((SELECT my_officer()) IS NOT NULL);
CREATE POLICY add ON calendar_years FOR INSERT TO xianjie_app WITH CHECK (
  officer_id = (SELECT my_officer()) AND (SELECT keeps_calendar()));
CREATE POLICY worker ON calendar_years FOR SELECT TO xianjie_worker USING (true);

-- How an organ counts is shown on every due time, so everybody who acts may know it.
CREATE POLICY read ON clock_settings FOR SELECT TO xianjie_app USING ((SELECT my_officer()) IS NOT NULL);
CREATE POLICY add ON clock_settings FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND officer_id = (SELECT my_officer())
  AND ((SELECT has_role('head')) OR (SELECT has_role('system_admin'))));
CREATE POLICY worker ON clock_settings FOR SELECT TO xianjie_worker USING (true);

CREATE POLICY read ON clock_changes FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM clocks k WHERE k.id = clock_id));
CREATE POLICY add ON clock_changes FOR INSERT TO xianjie_app WITH CHECK (
  officer_id = (SELECT my_officer()) AND organ_id = (SELECT my_organ())
  AND EXISTS (SELECT 1 FROM clocks k WHERE k.id = clock_id));
CREATE POLICY worker ON clock_changes FOR ALL TO xianjie_worker USING (true) WITH CHECK (officer_id IS NULL);

GRANT EXECUTE ON FUNCTION keeps_calendar() TO xianjie_app;
GRANT SELECT, INSERT ON calendar_years, clock_settings, clock_changes TO xianjie_app;
-- A moved end is warned of and told anew.
GRANT UPDATE (started_at, length_n, length_unit, length_why, halted_at, halted_on, warned_at, expiry_noticed_at)
  ON clocks TO xianjie_app;
GRANT SELECT ON calendar_years, clock_settings TO xianjie_worker;
GRANT SELECT, INSERT ON clock_changes TO xianjie_worker;
GRANT UPDATE (due_at, provisional, reasons, halted_at, halted_on) ON clocks TO xianjie_worker;
