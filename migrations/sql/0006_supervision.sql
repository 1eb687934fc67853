-- What the procuratorate (or a supervising agency) asks of an organ about a case, and the answer.

CREATE TABLE supervision_requests (
  id uuid PRIMARY KEY,
  number text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ask_information', 'suggest_transfer', 'supervision_letter')),
  case_id uuid NOT NULL REFERENCES cases (id),
  from_organ_id int NOT NULL REFERENCES organs (id),
  from_officer_id int NOT NULL REFERENCES officers (id),
  to_organ_id int NOT NULL REFERENCES organs (id),
  line text NOT NULL,
  county int,
  city int,
  province int,
  state text NOT NULL CHECK (state IN ('issued', 'answered', 'accepted', 'escalated', 'withdrawn')),
  reasons text NOT NULL,
  answer text,
  answer_kind text CHECK (answer_kind IN ('will_transfer', 'reasons', 'information')),
  revision int NOT NULL DEFAULT 1,
  issued_at timestamptz NOT NULL DEFAULT now(),
  answered_at timestamptz,
  answered_by int REFERENCES officers (id),
  closed_at timestamptz,
  UNIQUE (from_organ_id, number)
);
CREATE INDEX supervision_by_case ON supervision_requests (case_id);
CREATE INDEX supervision_by_sender ON supervision_requests (from_organ_id, id DESC);
CREATE INDEX supervision_by_addressee ON supervision_requests (to_organ_id, id DESC);
CREATE INDEX supervision_by_county ON supervision_requests (county, id DESC);
CREATE INDEX supervision_by_city ON supervision_requests (city, id DESC);
CREATE INDEX supervision_by_province ON supervision_requests (province, id DESC);
-- placed like the case's own organ
CREATE FUNCTION place_like_case() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT c.line, c.county, c.city, c.province INTO STRICT NEW.line, NEW.county, NEW.city, NEW.province
    FROM cases c WHERE c.id = NEW.case_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER place BEFORE INSERT ON supervision_requests FOR EACH ROW EXECUTE FUNCTION place_like_case();
ALTER TABLE clocks ADD FOREIGN KEY (supervision_id) REFERENCES supervision_requests (id);

ALTER TABLE supervision_requests ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON supervision_requests FOR SELECT TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator') AND (
    from_organ_id = my_organ() OR to_organ_id = my_organ()
    OR (my_kind() IN ('procuratorate', 'supervising') AND in_my_area(county, city, province))
    OR (my_kind() = 'enforcement' AND my_level() <> 'county' AND line = my_line()
      AND in_my_area(county, city, province))));
CREATE POLICY add ON supervision_requests FOR INSERT TO xianjie_app WITH CHECK (
  from_organ_id = my_organ() AND from_officer_id = my_officer()
  AND my_kind() IN ('procuratorate', 'supervising')
  AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.organ_id = to_organ_id));
CREATE POLICY change ON supervision_requests FOR UPDATE TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator') AND (from_organ_id = my_organ() OR to_organ_id = my_organ()));
-- The clock of a request is started by who asks, also by a supervising agency.
CREATE POLICY add_of_supervision ON clocks FOR INSERT TO xianjie_app WITH CHECK (
  supervision_id IS NOT NULL AND clue_id IS NULL AND transfer_id IS NULL
  AND EXISTS (SELECT 1 FROM supervision_requests s WHERE s.id = supervision_id
    AND s.from_organ_id = (SELECT my_organ()) AND s.case_id = clocks.case_id
    AND s.to_organ_id = clocks.organ_id));
CREATE POLICY change_of_supervision ON clocks FOR UPDATE TO xianjie_app USING (
  supervision_id IS NOT NULL AND EXISTS (SELECT 1 FROM supervision_requests s WHERE s.id = supervision_id
    AND (s.from_organ_id = (SELECT my_organ()) OR s.to_organ_id = (SELECT my_organ()))));

-- Cases with a reached threshold that no transfer has taken up: reported to the head, or sent. The column
-- keeps the list of these cases as short as it is, however many were transferred over the years.
ALTER TABLE cases ADD COLUMN taken_up boolean NOT NULL DEFAULT false;
CREATE INDEX cases_untransferred_by_organ ON cases (organ_id, reached_at, id)
  WHERE conclusion = 'must_transfer' AND NOT taken_up;
CREATE INDEX cases_untransferred_by_county ON cases (county, reached_at, id)
  WHERE conclusion = 'must_transfer' AND NOT taken_up;
CREATE INDEX cases_untransferred_by_city ON cases (city, reached_at, id)
  WHERE conclusion = 'must_transfer' AND NOT taken_up;
CREATE INDEX cases_untransferred_by_province ON cases (province, reached_at, id)
  WHERE conclusion = 'must_transfer' AND NOT taken_up;
-- Only acts of the sending organ change it, and that organ may write its case: no right beyond the policies.
CREATE FUNCTION take_up_case() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  UPDATE cases SET taken_up = NOT taken_up WHERE id = NEW.case_id AND taken_up <> EXISTS (
    SELECT 1 FROM transfers t WHERE t.case_id = NEW.case_id
      AND (t.sent_at IS NOT NULL OR t.state IN ('reported', 'approved')));
  RETURN NULL;
END
$$;
CREATE TRIGGER take_up_case AFTER INSERT OR UPDATE OF state, sent_at ON transfers
  FOR EACH ROW EXECUTE FUNCTION take_up_case();

-- An event hangs on what its officer sees: nobody writes into the history of a foreign case.
CREATE FUNCTION sees_subjects(of_case uuid, of_transfer uuid, of_clue uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  IF of_case IS NOT NULL THEN
    IF NOT EXISTS (SELECT 1 FROM cases c WHERE c.id = of_case) THEN
      RETURN false;
    END IF;
  END IF;
  IF of_transfer IS NOT NULL THEN
    IF NOT EXISTS (SELECT 1 FROM transfers t WHERE t.id = of_transfer) THEN
      RETURN false;
    END IF;
  END IF;
  IF of_clue IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM clues l WHERE l.id = of_clue);
  END IF;
  RETURN true;
END
$$;
GRANT EXECUTE ON FUNCTION sees_subjects(uuid, uuid, uuid) TO xianjie_app;
CREATE POLICY of_what_is_seen ON audit_events AS RESTRICTIVE FOR INSERT TO xianjie_app WITH CHECK (
  sees_subjects(case_id, transfer_id, clue_id));

-- The worker warns once before a clock runs out.
ALTER TABLE clocks ADD COLUMN warned_at timestamptz;
CREATE INDEX clocks_unwarned ON clocks (due_at)
  WHERE stopped_at IS NULL AND warned_at IS NULL AND expiry_noticed_at IS NULL;
GRANT UPDATE (warned_at) ON clocks TO xianjie_worker;

GRANT EXECUTE ON FUNCTION place_like_case(), take_up_case() TO xianjie_app;
GRANT SELECT, INSERT ON supervision_requests TO xianjie_app;
GRANT UPDATE (state, answer, answer_kind, revision, answered_at, answered_by, closed_at)
  ON supervision_requests TO xianjie_app;
