-- Resumable uploads, exhibits and their custody.

-- A file that is still being uploaded: what was announced. How much of it has come lies on disk.
CREATE TABLE uploads (
  id uuid PRIMARY KEY,
  officer_id int NOT NULL REFERENCES officers (id),
  organ_id int NOT NULL REFERENCES organs (id),
  case_id uuid REFERENCES cases (id),
  clue_id uuid,
  item text,
  name text NOT NULL,
  length bigint NOT NULL CHECK (length > 0),
  sha256 bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- the evidence file that it became
  file_id uuid REFERENCES files (id),
  CHECK ((case_id IS NULL) <> (clue_id IS NULL))
);
CREATE INDEX uploads_by_officer ON uploads (officer_id, id);
CREATE INDEX uploads_by_expiry ON uploads (expires_at);
CREATE INDEX uploads_by_case ON uploads (case_id) WHERE case_id IS NOT NULL;

-- When the content of a file was last found whole, and when it was found damaged or missing.
ALTER TABLE files ADD checked_at timestamptz, ADD damaged_at timestamptz;
CREATE INDEX files_by_check ON files (coalesce(checked_at, uploaded_at), id);

CREATE TABLE exhibits (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES cases (id),
  organ_id int NOT NULL REFERENCES organs (id),
  position int NOT NULL CHECK (position > 0),
  name text NOT NULL,
  specification text NOT NULL,
  quantity numeric(18, 4) NOT NULL CHECK (quantity > 0),
  unit text NOT NULL,
  value numeric(18, 2) CHECK (value >= 0),
  valuation text NOT NULL,
  valuation_paper text,
  features text NOT NULL,
  origin text,
  place text NOT NULL,
  keeper text NOT NULL,
  measure text NOT NULL,
  seizure_paper text,
  seized_on date NOT NULL,
  perishable boolean NOT NULL,
  sample_of uuid REFERENCES exhibits (id),
  note text,
  state text NOT NULL CHECK (state IN ('held', 'handed_over', 'accepted', 'disposed')),
  holder_organ_id int NOT NULL REFERENCES organs (id),
  revision int NOT NULL DEFAULT 1,
  created_by int NOT NULL REFERENCES officers (id),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  UNIQUE (case_id, position)
);
CREATE INDEX exhibits_samples ON exhibits (sample_of) WHERE sample_of IS NOT NULL;

CREATE TABLE exhibit_photographs (
  exhibit_id uuid NOT NULL REFERENCES exhibits (id),
  file_id uuid NOT NULL REFERENCES files (id),
  added_by int NOT NULL REFERENCES officers (id),
  added_at timestamptz NOT NULL,
  PRIMARY KEY (exhibit_id, file_id)
);

-- The hand-over list, counted by both sides, each with its signatory.
CREATE TABLE exhibit_counts (
  id uuid PRIMARY KEY,
  transfer_id uuid NOT NULL REFERENCES transfers (id),
  exhibit_id uuid NOT NULL REFERENCES exhibits (id),
  side text NOT NULL CHECK (side IN ('handed_over', 'accepted')),
  counted numeric(18, 4) NOT NULL CHECK (counted >= 0),
  -- what was on record (handed_over), or what the other side had counted (accepted)
  expected numeric(18, 4) NOT NULL,
  note text NOT NULL DEFAULT '',
  officer_id int NOT NULL REFERENCES officers (id),
  organ_id int NOT NULL REFERENCES organs (id),
  officer_name text NOT NULL,
  organ_name text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX exhibit_counts_by_exhibit ON exhibit_counts (exhibit_id, at);
CREATE INDEX exhibit_counts_by_transfer ON exhibit_counts (transfer_id, at);

CREATE TABLE exhibit_disposals (
  id uuid PRIMARY KEY,
  exhibit_id uuid NOT NULL REFERENCES exhibits (id),
  kind text NOT NULL,
  quantity numeric(18, 4) NOT NULL CHECK (quantity > 0),
  disposed_on date NOT NULL,
  -- what exhibits.yaml asks of the kind, keyed by field
  recorded jsonb NOT NULL,
  officer_id int NOT NULL REFERENCES officers (id),
  organ_id int NOT NULL REFERENCES organs (id),
  officer_name text NOT NULL,
  organ_name text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX exhibit_disposals_by_exhibit ON exhibit_disposals (exhibit_id, id);

-- The chain of custody: each view and download of a file, each change of an exhibit's keeper or place.
CREATE TABLE custody (
  id uuid PRIMARY KEY,
  file_id uuid REFERENCES files (id),
  exhibit_id uuid REFERENCES exhibits (id),
  action text NOT NULL,
  why text NOT NULL,
  from_keeper text,
  to_keeper text,
  place text,
  officer_id int NOT NULL REFERENCES officers (id),
  organ_id int NOT NULL REFERENCES organs (id),
  officer_name text NOT NULL,
  organ_name text NOT NULL,
  -- when it happened; an entry of the past is written down later
  at timestamptz NOT NULL,
  written_at timestamptz NOT NULL,
  CHECK ((file_id IS NULL) <> (exhibit_id IS NULL))
);
CREATE INDEX custody_by_file ON custody (file_id, id) WHERE file_id IS NOT NULL;
CREATE INDEX custody_by_exhibit ON custody (exhibit_id, id) WHERE exhibit_id IS NOT NULL;

ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
ALTER TABLE exhibits ENABLE ROW LEVEL SECURITY;
ALTER TABLE exhibit_photographs ENABLE ROW LEVEL SECURITY;
ALTER TABLE exhibit_counts ENABLE ROW LEVEL SECURITY;
ALTER TABLE exhibit_disposals ENABLE ROW LEVEL SECURITY;
ALTER TABLE custody ENABLE ROW LEVEL SECURITY;

-- An upload is its officer's alone.
CREATE POLICY own ON uploads FOR ALL TO xianjie_app
  USING (officer_id = (SELECT my_officer()))
  WITH CHECK (officer_id = (SELECT my_officer()) AND organ_id = (SELECT my_organ())
    AND (SELECT my_kind()) <> 'administrator'
    AND (case_id IS NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id)));
CREATE POLICY worker ON uploads FOR ALL TO xianjie_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON files FOR ALL TO xianjie_worker USING (true) WITH CHECK (true);

CREATE POLICY read ON exhibits FOR SELECT TO xianjie_app USING (
  (SELECT my_kind()) <> 'coordinating' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON exhibits FOR INSERT TO xianjie_app WITH CHECK (
  created_by = (SELECT my_officer()) AND organ_id = (SELECT my_organ()) AND holder_organ_id = organ_id
  AND is_my_case(case_id));
-- Whoever holds it keeps its record; the police to whom the case was sent take it over.
CREATE POLICY change ON exhibits FOR UPDATE TO xianjie_app
  USING (((SELECT my_kind()) IN ('enforcement', 'police') AND holder_organ_id = (SELECT my_organ()))
    OR ((SELECT my_kind()) = 'police' AND EXISTS (SELECT 1 FROM transfers t
      WHERE t.case_id = exhibits.case_id AND t.police_organ_id = (SELECT my_organ()))))
  WITH CHECK (holder_organ_id IN ((SELECT my_organ()), organ_id));

CREATE POLICY read ON exhibit_photographs FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM exhibits e WHERE e.id = exhibit_id));
CREATE POLICY add ON exhibit_photographs FOR INSERT TO xianjie_app WITH CHECK (
  added_by = (SELECT my_officer()) AND EXISTS (SELECT 1 FROM exhibits e JOIN files f ON f.case_id = e.case_id
    WHERE e.id = exhibit_id AND f.id = file_id AND e.holder_organ_id = (SELECT my_organ())));

CREATE POLICY read ON exhibit_counts FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM exhibits e WHERE e.id = exhibit_id));
CREATE POLICY add ON exhibit_counts FOR INSERT TO xianjie_app WITH CHECK (
  officer_id = (SELECT my_officer()) AND organ_id = (SELECT my_organ())
  AND EXISTS (SELECT 1 FROM transfers t JOIN exhibits e ON e.case_id = t.case_id
    WHERE t.id = transfer_id AND e.id = exhibit_id
      AND CASE side WHEN 'handed_over' THEN t.organ_id ELSE t.police_organ_id END = (SELECT my_organ())));

CREATE POLICY read ON exhibit_disposals FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM exhibits e WHERE e.id = exhibit_id));
CREATE POLICY add ON exhibit_disposals FOR INSERT TO xianjie_app WITH CHECK (
  officer_id = (SELECT my_officer()) AND organ_id = (SELECT my_organ())
  AND EXISTS (SELECT 1 FROM exhibits e WHERE e.id = exhibit_id AND e.holder_organ_id = (SELECT my_organ())));

-- Who handles the evidence sees who else did; the supervising agency does not see the police at work.
CREATE POLICY read ON custody FOR SELECT TO xianjie_app USING (
  (SELECT my_kind()) NOT IN ('', 'administrator', 'coordinating', 'supervising')
  AND (EXISTS (SELECT 1 FROM files f WHERE f.id = file_id)
    OR EXISTS (SELECT 1 FROM exhibits e WHERE e.id = exhibit_id)));
CREATE POLICY add ON custody FOR INSERT TO xianjie_app WITH CHECK (
  officer_id = (SELECT my_officer()) AND organ_id = (SELECT my_organ())
  AND (EXISTS (SELECT 1 FROM files f WHERE f.id = file_id)
    OR EXISTS (SELECT 1 FROM exhibits e WHERE e.id = exhibit_id)));

GRANT SELECT, INSERT, DELETE ON uploads TO xianjie_app;
GRANT UPDATE (file_id) ON uploads TO xianjie_app;
GRANT SELECT, INSERT ON exhibits, exhibit_photographs, exhibit_counts, exhibit_disposals, custody TO xianjie_app;
GRANT UPDATE (name, specification, quantity, unit, value, valuation, valuation_paper, features, origin, place, keeper,
  measure, seizure_paper, seized_on, perishable, sample_of, note, state, holder_organ_id, revision, updated_at)
  ON exhibits TO xianjie_app;
GRANT SELECT, DELETE ON uploads TO xianjie_worker;
GRANT SELECT, UPDATE (checked_at, damaged_at) ON files TO xianjie_worker;
