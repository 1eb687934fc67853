-- Evidence: what the officer says of each checklist item, and the files, stored on disk under their hash.

CREATE TABLE evidence_items (
  id uuid PRIMARY KEY,
  case_id uuid NOT NULL REFERENCES cases (id),
  item text NOT NULL,
  status text NOT NULL CHECK (status IN ('present', 'missing', 'not_applicable')),
  note text NOT NULL DEFAULT '',
  updated_by int NOT NULL REFERENCES officers (id),
  updated_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (case_id, item)
);

CREATE TABLE files (
  id uuid PRIMARY KEY,
  organ_id int NOT NULL REFERENCES organs (id),
  organ_kind text NOT NULL,
  case_id uuid REFERENCES cases (id),
  clue_id uuid,
  item text,
  name text NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL CHECK (size >= 0),
  sha256 bytea NOT NULL,
  uploaded_by int NOT NULL REFERENCES officers (id),
  uploaded_at timestamptz NOT NULL DEFAULT now(),
  removed_at timestamptz,
  removed_reason text,
  CHECK ((case_id IS NULL) <> (clue_id IS NULL))
);
CREATE INDEX files_by_case ON files (case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX files_by_clue ON files (clue_id, id) WHERE clue_id IS NOT NULL;

ALTER TABLE evidence_items ENABLE ROW LEVEL SECURITY;
ALTER TABLE files ENABLE ROW LEVEL SECURITY;

CREATE POLICY read ON evidence_items FOR SELECT TO xianjie_app USING (
  (SELECT my_kind()) <> 'coordinating' AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON evidence_items FOR INSERT TO xianjie_app WITH CHECK (
  updated_by = (SELECT my_officer()) AND (SELECT my_kind()) = 'enforcement'
  AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.organ_id = (SELECT my_organ())));
CREATE POLICY change ON evidence_items FOR UPDATE TO xianjie_app USING (
  (SELECT my_kind()) = 'enforcement'
  AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id AND c.organ_id = (SELECT my_organ())));

-- The supervising agency sees the enforcement organs' files, not those of the police.
CREATE POLICY of_case ON files FOR SELECT TO xianjie_app USING (
  case_id IS NOT NULL AND (SELECT my_kind()) <> 'coordinating'
  AND ((SELECT my_kind()) <> 'supervising' OR organ_kind = 'enforcement')
  AND EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id));
CREATE POLICY add ON files FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND organ_kind = (SELECT my_kind()) AND uploaded_by = (SELECT my_officer())
  AND (SELECT my_kind()) IN ('enforcement', 'police', 'procuratorate', 'court', 'tax', 'commission',
    'coordinating', 'supervising')
  AND (case_id IS NULL OR EXISTS (SELECT 1 FROM cases c WHERE c.id = case_id
    AND (c.organ_id = (SELECT my_organ()) OR (SELECT my_kind()) IN ('police', 'procuratorate')))));
CREATE POLICY remove ON files FOR UPDATE TO xianjie_app USING (organ_id = (SELECT my_organ())
  AND uploaded_by = (SELECT my_officer()));

GRANT SELECT, INSERT, UPDATE ON evidence_items TO xianjie_app;
GRANT SELECT, INSERT ON files TO xianjie_app;
GRANT UPDATE (removed_at, removed_reason) ON files TO xianjie_app;
