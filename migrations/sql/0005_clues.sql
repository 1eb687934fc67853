-- Clue notifications in all directions. A duty-crime clue is seen by the officer who sends it, the head of
-- that organ and the officers named at the recipient; for everybody else it does not exist.

CREATE TABLE clues (
  id uuid PRIMARY KEY,
  -- drawn from the sender's series when it is sent; a duty-crime clue has a random number, which counts nothing
  number text,
  kind text NOT NULL,
  duty boolean NOT NULL,
  from_organ_id int NOT NULL REFERENCES organs (id),
  from_officer_id int NOT NULL REFERENCES officers (id),
  to_organ_id int NOT NULL REFERENCES organs (id),
  past_organs int[] NOT NULL DEFAULT '{}',
  line text NOT NULL,
  county int,
  city int,
  province int,
  state text NOT NULL,
  subject text NOT NULL,
  content text NOT NULL,
  party_name text,
  origin_case_id uuid REFERENCES cases (id),
  became_case_id uuid,
  became_transfer_id uuid,
  merged_into uuid REFERENCES clues (id),
  result text,
  feedback text,
  revision int NOT NULL DEFAULT 1,
  sent_at timestamptz,
  closed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (from_organ_id, number),
  UNIQUE (id, from_organ_id, from_officer_id)
);
CREATE INDEX clues_by_sender ON clues (from_organ_id, id DESC);
CREATE INDEX clues_by_recipient ON clues (to_organ_id, id DESC);
CREATE INDEX clues_by_city ON clues (city, id DESC);
CREATE INDEX clues_by_province ON clues (province, id DESC);
CREATE FUNCTION place_clue() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT o.line, o.county, o.city, o.province INTO STRICT NEW.line, NEW.county, NEW.city, NEW.province
    FROM organs o WHERE o.id = NEW.from_organ_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER place BEFORE INSERT OR UPDATE OF from_organ_id, line, county, city, province ON clues
  FOR EACH ROW EXECUTE FUNCTION place_clue();

CREATE TABLE clue_officers (
  clue_id uuid NOT NULL,
  from_organ_id int NOT NULL,
  from_officer_id int NOT NULL,
  officer_id int NOT NULL REFERENCES officers (id),
  named_by int NOT NULL REFERENCES officers (id),
  PRIMARY KEY (clue_id, officer_id),
  FOREIGN KEY (clue_id, from_organ_id, from_officer_id) REFERENCES clues (id, from_organ_id, from_officer_id)
);

CREATE TABLE clue_steps (
  id uuid PRIMARY KEY,
  clue_id uuid NOT NULL REFERENCES clues (id),
  action text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  organ_id int NOT NULL REFERENCES organs (id),
  officer_id int NOT NULL REFERENCES officers (id),
  organ_name text NOT NULL,
  officer_name text NOT NULL,
  inputs jsonb NOT NULL DEFAULT '{}',
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX clue_steps_by_clue ON clue_steps (clue_id, id);
CREATE INDEX clue_steps_passing_on ON clue_steps (organ_id, clue_id) WHERE action = 'pass_on';
ALTER TABLE files ADD FOREIGN KEY (clue_id) REFERENCES clues (id);
ALTER TABLE clocks ADD FOREIGN KEY (clue_id) REFERENCES clues (id);

ALTER TABLE clues ENABLE ROW LEVEL SECURITY;
ALTER TABLE clue_officers ENABLE ROW LEVEL SECURITY;
ALTER TABLE clue_steps ENABLE ROW LEVEL SECURITY;

-- No sub-select here: the policy of clues refers to this table.
CREATE POLICY read ON clue_officers FOR SELECT TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator')
  AND (officer_id = my_officer() OR named_by = my_officer() OR from_officer_id = my_officer()
    OR (from_organ_id = my_organ() AND has_role('head'))));
-- Which officers of an organ may be named as recipients of a duty-crime clue: names only.
CREATE FUNCTION duty_clue_recipients(organ int) RETURNS TABLE (officer_id int, name text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT f.id, f.name FROM officers f JOIN organs o ON o.id = f.organ_id
    WHERE f.organ_id = organ AND f.active AND o.kind IN ('commission', 'procuratorate')
      AND f.roles && ARRAY['handler', 'head', 'desk'] AND my_kind() NOT IN ('', 'administrator')
$$;

-- Named by who sends or passes on the clue, among the recipient's officers.
CREATE POLICY add ON clue_officers FOR INSERT TO xianjie_app WITH CHECK (
  named_by = my_officer() AND my_kind() NOT IN ('', 'administrator')
  AND EXISTS (SELECT 1 FROM clues c CROSS JOIN LATERAL duty_clue_recipients(c.to_organ_id) r
    WHERE c.id = clue_id AND c.duty AND r.officer_id = clue_officers.officer_id));

-- An ordinary clue: sender, recipient (once sent), who passed it on, and the sender's superiors of the line.
CREATE POLICY read ON clues FOR SELECT TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator') AND (
    (NOT duty AND (from_organ_id = my_organ()
      OR (sent_at IS NOT NULL AND (to_organ_id = my_organ() OR my_organ() = ANY (past_organs)))
      OR (sent_at IS NOT NULL AND my_kind() IN ('enforcement', 'police') AND my_level() <> 'county'
        AND line = my_line() AND in_my_area(county, city, province))))
    OR (duty AND (from_officer_id = my_officer() OR (from_organ_id = my_organ() AND has_role('head'))
      OR (sent_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM clue_officers n WHERE n.clue_id = clues.id AND n.officer_id = my_officer()))))));
CREATE POLICY add ON clues FOR INSERT TO xianjie_app WITH CHECK (
  from_organ_id = my_organ() AND from_officer_id = my_officer() AND my_kind() NOT IN ('', 'administrator'));
CREATE POLICY change ON clues FOR UPDATE TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator') AND (
    (NOT duty AND (from_organ_id = my_organ() OR (sent_at IS NOT NULL AND to_organ_id = my_organ())))
    OR (duty AND (from_officer_id = my_officer() OR (from_organ_id = my_organ() AND has_role('head'))
      OR (sent_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM clue_officers n WHERE n.clue_id = clues.id AND n.officer_id = my_officer()))))))
  WITH CHECK (
    my_kind() NOT IN ('', 'administrator') AND (
    (NOT duty AND (from_organ_id = my_organ() OR to_organ_id = my_organ() OR my_organ() = ANY (past_organs)))
    OR (duty AND (from_officer_id = my_officer() OR (from_organ_id = my_organ() AND has_role('head'))
      OR EXISTS (SELECT 1 FROM clue_officers n WHERE n.clue_id = clues.id AND n.officer_id = my_officer())))));

CREATE POLICY read ON clue_steps FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id));
CREATE POLICY add ON clue_steps FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND officer_id = (SELECT my_officer())
  AND EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id));
CREATE POLICY of_clue ON files FOR SELECT TO xianjie_app USING (
  clue_id IS NOT NULL AND EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id));
CREATE POLICY clue_visible ON files AS RESTRICTIVE FOR INSERT TO xianjie_app WITH CHECK (
  clue_id IS NULL OR EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id));
CREATE POLICY of_clue ON clocks FOR SELECT TO xianjie_app USING (
  clue_id IS NOT NULL AND EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id));
CREATE POLICY add_of_clue ON clocks FOR INSERT TO xianjie_app WITH CHECK (
  clue_id IS NOT NULL AND EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id));
CREATE POLICY change_of_clue ON clocks FOR UPDATE TO xianjie_app USING (
  clue_id IS NOT NULL AND EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id
    AND (c.from_organ_id = (SELECT my_organ()) OR c.to_organ_id = (SELECT my_organ()))));
CREATE POLICY of_clue ON audit_events FOR SELECT TO xianjie_app USING (
  clue_id IS NOT NULL AND EXISTS (SELECT 1 FROM clues c WHERE c.id = clue_id));
-- The worker tells of expired clocks; of a duty-crime clue it knows the named officers and nothing else.
CREATE POLICY worker ON clues FOR SELECT TO xianjie_worker USING (true);
CREATE POLICY worker ON clue_officers FOR SELECT TO xianjie_worker USING (true);

GRANT EXECUTE ON FUNCTION place_clue(), duty_clue_recipients(int) TO xianjie_app;
GRANT SELECT, INSERT ON clues TO xianjie_app;
-- What a clue is, who sent it and whether it is secret never changes.
GRANT UPDATE (number, to_organ_id, past_organs, state, content, became_case_id, became_transfer_id, merged_into,
  result, feedback, revision, sent_at, closed_at, updated_at) ON clues TO xianjie_app;
GRANT SELECT, INSERT ON clue_officers, clue_steps TO xianjie_app;
GRANT SELECT (id, duty, from_organ_id, from_officer_id, to_organ_id) ON clues TO xianjie_worker;
GRANT SELECT ON clue_officers TO xianjie_worker;
