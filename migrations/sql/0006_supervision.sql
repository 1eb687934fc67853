-- What the procuratorate (or a supervising agency) asks of an organ about a case, and the answer.

CREATE TABLE supervision_requests (
  id uuid PRIMARY KEY,
  number text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('ask_information', 'suggest_transfer', 'demand_refusal_reasons',
    'demand_delay_reasons')),
  case_id uuid NOT NULL REFERENCES cases (id),
  transfer_id uuid REFERENCES transfers (id),
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
  AND my_kind() IN ('procuratorate', 'supervising') AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY change ON supervision_requests FOR UPDATE TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator') AND (from_organ_id = my_organ() OR to_organ_id = my_organ()));

GRANT EXECUTE ON FUNCTION place_like_case() TO xianjie_app;
GRANT SELECT, INSERT, UPDATE ON supervision_requests TO xianjie_app;
