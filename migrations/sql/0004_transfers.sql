-- Transfers, each act on them, and the clocks of everything.

CREATE TABLE transfers (
  id uuid PRIMARY KEY,
  -- drawn from the organ's series when the transfer is opened; a dropped transfer keeps its number
  number text NOT NULL,
  case_id uuid NOT NULL,
  organ_id int NOT NULL,
  line text NOT NULL,
  county int,
  city int,
  province int,
  charge text NOT NULL,
  state text NOT NULL,
  -- a police handler's proposal that waits for the head: filing, refusal or passing on
  proposal text,
  proposed_by int REFERENCES officers (id),
  police_organ_id int REFERENCES organs (id),
  police_past int[] NOT NULL DEFAULT '{}',
  police_city int,
  police_province int,
  procuratorate_organ_id int REFERENCES organs (id),
  court_organ_id int REFERENCES organs (id),
  task_group int[] NOT NULL DEFAULT '{}',
  revision int NOT NULL DEFAULT 1,
  opened_by int NOT NULL REFERENCES officers (id),
  opened_at timestamptz NOT NULL DEFAULT now(),
  sent_at timestamptz,
  closed_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  FOREIGN KEY (case_id, organ_id) REFERENCES cases (id, organ_id),
  UNIQUE (id, case_id),
  UNIQUE (organ_id, number)
);
-- One open transfer for a case; with the organ, so that no foreign organ feels it through a conflict.
CREATE UNIQUE INDEX transfers_open ON transfers (case_id, organ_id) WHERE closed_at IS NULL;
CREATE INDEX transfers_by_case ON transfers (case_id);
CREATE INDEX transfers_by_organ ON transfers (organ_id, id DESC);
CREATE INDEX transfers_by_police ON transfers (police_organ_id, id DESC);
CREATE INDEX transfers_by_police_city ON transfers (police_city, id DESC);
CREATE INDEX transfers_by_police_province ON transfers (police_province, id DESC);
CREATE INDEX transfers_open_by_police ON transfers (police_organ_id) WHERE closed_at IS NULL;
CREATE INDEX transfers_open_by_police_city ON transfers (police_city) WHERE closed_at IS NULL;
CREATE INDEX transfers_open_by_police_province ON transfers (police_province) WHERE closed_at IS NULL;
CREATE INDEX transfers_by_court ON transfers (court_organ_id, id DESC) WHERE court_organ_id IS NOT NULL;
CREATE INDEX transfers_by_county ON transfers (county, id DESC);
CREATE INDEX transfers_by_city ON transfers (city, id DESC);
CREATE INDEX transfers_by_province ON transfers (province, id DESC);
CREATE TRIGGER place BEFORE INSERT OR UPDATE OF organ_id, line, county, city, province ON transfers
  FOR EACH ROW EXECUTE FUNCTION place_like_organ();
CREATE FUNCTION place_police() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT o.city, o.province INTO NEW.police_city, NEW.police_province
    FROM organs o WHERE o.id = NEW.police_organ_id AND o.kind = 'police';
  RETURN NEW;
END
$$;
CREATE TRIGGER place_police BEFORE INSERT OR UPDATE OF police_organ_id ON transfers
  FOR EACH ROW EXECUTE FUNCTION place_police();

CREATE TABLE transfer_steps (
  id uuid PRIMARY KEY,
  transfer_id uuid NOT NULL REFERENCES transfers (id),
  action text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  organ_id int NOT NULL REFERENCES organs (id),
  officer_id int NOT NULL REFERENCES officers (id),
  organ_name text NOT NULL,
  officer_name text NOT NULL,
  -- what the act recorded: report, reasons, police case number …, keyed by input name
  inputs jsonb NOT NULL DEFAULT '{}',
  -- the kind of organ to which a proposal that waits for its head is internal
  internal_to text,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX transfer_steps_by_transfer ON transfer_steps (transfer_id, id);

CREATE TABLE clocks (
  id uuid PRIMARY KEY,
  clock text NOT NULL,
  organ_id int NOT NULL REFERENCES organs (id),
  line text NOT NULL,
  county int,
  city int,
  province int,
  holder_organ_id int NOT NULL REFERENCES organs (id),
  case_id uuid REFERENCES cases (id),
  transfer_id uuid REFERENCES transfers (id),
  clue_id uuid,
  supervision_id uuid,
  started_at timestamptz NOT NULL,
  due_at timestamptz,
  provisional boolean NOT NULL DEFAULT false,
  reasons text[] NOT NULL DEFAULT '{}',
  stopped_at timestamptz,
  stopped_by text,
  expiry_noticed_at timestamptz,
  CHECK (case_id IS NOT NULL OR clue_id IS NOT NULL),
  CHECK (clue_id IS NULL OR (case_id IS NULL AND transfer_id IS NULL))
);
CREATE INDEX clocks_by_case ON clocks (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX clocks_by_transfer ON clocks (transfer_id) WHERE transfer_id IS NOT NULL;
CREATE INDEX clocks_by_clue ON clocks (clue_id) WHERE clue_id IS NOT NULL;
CREATE INDEX clocks_running_by_holder ON clocks (holder_organ_id, due_at, id) WHERE stopped_at IS NULL;
CREATE INDEX clocks_running_by_organ ON clocks (organ_id, due_at, id) WHERE stopped_at IS NULL;
CREATE INDEX clocks_running_by_county ON clocks (county, due_at, id) WHERE stopped_at IS NULL;
CREATE INDEX clocks_running_by_city ON clocks (city, due_at, id) WHERE stopped_at IS NULL;
CREATE INDEX clocks_running_by_province ON clocks (province, due_at, id) WHERE stopped_at IS NULL;
CREATE INDEX clocks_running ON clocks (due_at) WHERE stopped_at IS NULL AND expiry_noticed_at IS NULL;
CREATE TRIGGER place BEFORE INSERT OR UPDATE OF organ_id, line, county, city, province ON clocks
  FOR EACH ROW EXECUTE FUNCTION place_like_organ();

ALTER TABLE transfers ENABLE ROW LEVEL SECURITY;
ALTER TABLE transfer_steps ENABLE ROW LEVEL SECURITY;
ALTER TABLE clocks ENABLE ROW LEVEL SECURITY;

-- A court sees a transfer once it is prosecuted (which names the court); police once it is sent to them (and keep seeing
-- what they passed on), their superiors read-only.
CREATE POLICY read ON transfers FOR SELECT TO xianjie_app USING (
  may_see_case(organ_id, line, county, city, province)
  OR (my_kind() = 'police' AND (police_organ_id = my_organ()
    OR my_organ() = ANY (police_past)
    OR (my_level() = 'city' AND police_city = my_area())
    OR (my_level() = 'province' AND police_province = my_area())
    OR (my_level() = 'nation' AND police_organ_id IS NOT NULL)))
  OR (my_kind() = 'court' AND court_organ_id = my_organ()));
CREATE POLICY add ON transfers FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND (SELECT my_kind()) = 'enforcement' AND opened_by = (SELECT my_officer()));
-- Who may act is the procedure's to say; the database lets only the organs of the transfer act at all.
CREATE POLICY change ON transfers FOR UPDATE TO xianjie_app USING (
  ((SELECT my_kind()) = 'enforcement' AND organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'police' AND police_organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'procuratorate' AND in_my_area(county, city, province))
  OR ((SELECT my_kind()) = 'court' AND court_organ_id = (SELECT my_organ())))
  WITH CHECK (
  ((SELECT my_kind()) = 'enforcement' AND organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'police' AND (police_organ_id = (SELECT my_organ())
    OR (SELECT my_organ()) = ANY (police_past)))
  OR ((SELECT my_kind()) = 'procuratorate' AND in_my_area(county, city, province))
  OR ((SELECT my_kind()) = 'court' AND court_organ_id = (SELECT my_organ())));
CREATE POLICY worker ON transfers FOR SELECT TO xianjie_worker USING (true);

-- The supervising agency reads what the enforcement organ recorded, not the file of the police.
CREATE POLICY read ON transfer_steps FOR SELECT TO xianjie_app USING (
  (SELECT my_kind()) NOT IN ('', 'administrator', 'coordinating')
  AND (internal_to IS NULL OR (SELECT my_kind()) IN (internal_to, 'procuratorate'))
  AND EXISTS (SELECT 1 FROM transfers t WHERE t.id = transfer_id
    AND ((SELECT my_kind()) <> 'supervising' OR t.organ_id = transfer_steps.organ_id)));
CREATE POLICY add ON transfer_steps FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND officer_id = (SELECT my_officer())
  AND EXISTS (SELECT 1 FROM transfers t WHERE t.id = transfer_id
    AND ((SELECT my_organ()) IN (t.organ_id, t.police_organ_id, t.court_organ_id)
      OR (SELECT my_kind()) = 'procuratorate')));

CREATE POLICY of_case ON clocks FOR SELECT TO xianjie_app USING (
  clue_id IS NULL AND (may_see_case(organ_id, line, county, city, province)
    OR (my_kind() NOT IN ('', 'administrator') AND holder_organ_id = my_organ())
    OR (my_kind() = 'police' AND EXISTS (SELECT 1 FROM transfers t WHERE t.id = transfer_id))));
CREATE POLICY add_of_case ON clocks FOR INSERT TO xianjie_app WITH CHECK (
  clue_id IS NULL AND (SELECT my_kind()) IN ('enforcement', 'police', 'procuratorate', 'court')
  AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.organ_id = clocks.organ_id));
CREATE POLICY change_of_case ON clocks FOR UPDATE TO xianjie_app USING (
  clue_id IS NULL AND (
    ((SELECT my_kind()) = 'enforcement' AND (organ_id = (SELECT my_organ())
      OR holder_organ_id = (SELECT my_organ())))
    OR ((SELECT my_kind()) = 'procuratorate' AND in_my_area(county, city, province))
    OR ((SELECT my_kind()) IN ('police', 'court') AND (holder_organ_id = (SELECT my_organ())
      OR EXISTS (SELECT 1 FROM transfers t WHERE t.id = transfer_id
        AND (t.police_organ_id = (SELECT my_organ()) OR t.court_organ_id = (SELECT my_organ())))))));
CREATE POLICY worker ON clocks FOR ALL TO xianjie_worker USING (true) WITH CHECK (true);

CREATE POLICY of_transfer ON audit_events FOR SELECT TO xianjie_app USING (
  transfer_id IS NOT NULL AND (SELECT my_kind()) NOT IN ('', 'administrator', 'coordinating', 'supervising')
  AND EXISTS (SELECT 1 FROM transfers t WHERE t.id = transfer_id));

GRANT EXECUTE ON FUNCTION place_police() TO xianjie_app;
GRANT SELECT, INSERT, UPDATE ON transfers TO xianjie_app;
GRANT SELECT, INSERT ON transfer_steps TO xianjie_app;
GRANT SELECT, INSERT ON clocks TO xianjie_app;
GRANT UPDATE (stopped_at, stopped_by, due_at, provisional, reasons) ON clocks TO xianjie_app;
GRANT SELECT ON transfers TO xianjie_worker;
GRANT SELECT, INSERT, UPDATE (expiry_noticed_at, stopped_at, stopped_by) ON clocks TO xianjie_worker;
