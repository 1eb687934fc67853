-- Produced documents, frozen and numbered.

-- The telephone that documents name for questions; the directory of organs sets it.
ALTER TABLE organs ADD COLUMN telephone text;

-- How an organ words the numbers of one kind of document; where it says nothing, the platform's way holds.
CREATE TABLE document_rules (
  organ_id int NOT NULL REFERENCES organs (id),
  kind text NOT NULL,
  abbreviation text NOT NULL CHECK (abbreviation <> ''),
  letters text NOT NULL CHECK (letters <> ''),
  -- {abbreviation} {letters} {year} {serial}
  pattern text NOT NULL CHECK (pattern LIKE '%{year}%' AND pattern LIKE '%{serial}%'),
  set_by int NOT NULL REFERENCES officers (id),
  set_at timestamptz NOT NULL,
  PRIMARY KEY (organ_id, kind)
);

-- owed: an act named it and something is missing; draft: begun by an officer. waived: found not
-- to be needed, with the reason. issued: numbered, never changed. void: numbered, no longer valid, kept with the reason.
CREATE TABLE documents (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  state text NOT NULL CHECK (state IN ('owed', 'draft', 'waived', 'issued', 'void')),
  number text,
  serial_year int,
  serial int,
  organ_id int NOT NULL REFERENCES organs (id),
  organ_kind text NOT NULL,
  -- the kinds of organs that read it, beside the issuer and the procuratorate, once it is issued
  readers text[] NOT NULL,
  case_id uuid REFERENCES cases (id),
  transfer_id uuid REFERENCES transfers (id),
  clue_id uuid REFERENCES clues (id),
  supervision_id uuid REFERENCES supervision_requests (id),
  -- a reverse referral or one for detention; their table is made later
  referral_id uuid,
  -- the act that names it; a document that an officer draws up by himself has none
  step_id uuid,
  action text,
  replaces uuid REFERENCES documents (id),
  -- what the officer filled in; when issued, `content` holds every field as it was printed, with its source
  filled jsonb NOT NULL DEFAULT '{}',
  content jsonb,
  template_sha256 bytea,
  docx_sha256 bytea,
  docx_size int,
  created_by int NOT NULL REFERENCES officers (id),
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  issued_by int REFERENCES officers (id),
  issued_at timestamptz,
  voided_by int REFERENCES officers (id),
  voided_at timestamptz,
  void_reason text,
  revision int NOT NULL DEFAULT 1,
  UNIQUE (organ_id, number),
  CHECK (num_nonnulls(case_id, clue_id, referral_id) = 1),
  CHECK (case_id IS NOT NULL OR (transfer_id IS NULL AND supervision_id IS NULL)),
  CHECK ((state IN ('issued', 'void')) = (number IS NOT NULL)),
  CHECK ((number IS NULL) = (content IS NULL) AND (number IS NULL) = (docx_sha256 IS NULL)),
  CHECK ((state IN ('waived', 'void')) = (void_reason IS NOT NULL))
);
CREATE INDEX documents_by_case ON documents (case_id, id) WHERE case_id IS NOT NULL;
CREATE INDEX documents_by_transfer ON documents (transfer_id, id) WHERE transfer_id IS NOT NULL;
CREATE INDEX documents_by_clue ON documents (clue_id, id) WHERE clue_id IS NOT NULL;
CREATE INDEX documents_by_supervision ON documents (supervision_id, id) WHERE supervision_id IS NOT NULL;
CREATE INDEX documents_by_referral ON documents (referral_id, id) WHERE referral_id IS NOT NULL;
CREATE INDEX documents_register ON documents (organ_id, kind, serial_year DESC, serial DESC) WHERE serial IS NOT NULL;
CREATE INDEX documents_open_by_organ ON documents (organ_id, id) WHERE state IN ('owed', 'draft');

-- What is issued never changes: only that it is void, and why, may still be said of it.
CREATE FUNCTION keep_issued() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  IF OLD.state IN ('waived', 'void') OR (OLD.state = 'issued' AND (NEW.state <> 'void'
      OR (NEW.kind, NEW.number, NEW.organ_id, NEW.readers, NEW.content, NEW.filled, NEW.template_sha256, NEW.docx_sha256,
          NEW.issued_at, NEW.issued_by)
        IS DISTINCT FROM (OLD.kind, OLD.number, OLD.organ_id, OLD.readers, OLD.content, OLD.filled, OLD.template_sha256,
          OLD.docx_sha256, OLD.issued_at, OLD.issued_by))) THEN
    RAISE EXCEPTION 'an issued document does not change' USING ERRCODE = '23514';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER keep_issued BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION keep_issued();

-- The Word file as it was issued, in the transaction of its act.
CREATE TABLE document_texts (
  document_id uuid PRIMARY KEY REFERENCES documents (id),
  docx bytea NOT NULL
);

-- The PDF made of it, once.
CREATE TABLE document_prints (
  document_id uuid PRIMARY KEY REFERENCES documents (id),
  sha256 bytea NOT NULL,
  pdf bytea NOT NULL,
  made_at timestamptz NOT NULL,
  CHECK (sha256 = sha256(pdf))
);

-- Signed or stamped papers, scanned; their content lies with the evidence files.
CREATE TABLE document_scans (
  id uuid PRIMARY KEY,
  document_id uuid NOT NULL REFERENCES documents (id),
  organ_id int NOT NULL REFERENCES organs (id),
  name text NOT NULL,
  media_type text NOT NULL,
  size bigint NOT NULL CHECK (size > 0),
  sha256 bytea NOT NULL,
  uploaded_by int NOT NULL REFERENCES officers (id),
  uploaded_at timestamptz NOT NULL
);
CREATE INDEX document_scans_by_document ON document_scans (document_id, id);

ALTER TABLE document_rules ENABLE ROW LEVEL SECURITY;
ALTER TABLE documents ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_texts ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_prints ENABLE ROW LEVEL SECURITY;
ALTER TABLE document_scans ENABLE ROW LEVEL SECURITY;

CREATE POLICY read ON document_rules FOR SELECT TO xianjie_app USING (organ_id = (SELECT my_organ()));
CREATE POLICY add ON document_rules FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND set_by = (SELECT my_officer())
  AND (has_role('head') OR has_role('statistics') OR has_role('system_admin')));
CREATE POLICY change ON document_rules FOR UPDATE TO xianjie_app USING (
  organ_id = (SELECT my_organ()) AND (has_role('head') OR has_role('statistics') OR has_role('system_admin')))
  WITH CHECK (organ_id = (SELECT my_organ()) AND set_by = (SELECT my_officer()));

-- Whether the actor sees what a document is about: its transfer, clue, request or referral, or else its case.
CREATE FUNCTION sees_what_it_is_about(of_case uuid, of_transfer uuid, of_clue uuid, of_request uuid,
    of_referral uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  IF of_clue IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM clues l WHERE l.id = of_clue);
  ELSIF of_transfer IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM transfers t WHERE t.id = of_transfer);
  ELSIF of_request IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM supervision_requests s WHERE s.id = of_request);
  ELSIF of_referral IS NOT NULL THEN
    RETURN EXISTS (SELECT 1 FROM referrals r WHERE r.id = of_referral);
  END IF;
  RETURN EXISTS (SELECT 1 FROM cases c WHERE c.id = of_case);
END
$$;

-- An issued document: its issuer, the procuratorate, organs of the issuer's own kind and the kinds that it is made for,
-- as far as they see the matter; the supervising agency what enforcement organs issued. What is not issued: its issuer.
CREATE POLICY read ON documents FOR SELECT TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator')
  AND (organ_id = my_organ()
    OR (state IN ('issued', 'void') AND (my_kind() <> 'coordinating' OR clue_id IS NOT NULL)
      AND (my_kind() = 'procuratorate' OR my_kind() = organ_kind OR readers && ARRAY[my_kind(), 'any']
        OR (my_kind() = 'supervising' AND organ_kind = 'enforcement'))))
  AND sees_what_it_is_about(case_id, transfer_id, clue_id, supervision_id, referral_id));
CREATE POLICY add ON documents FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = my_organ() AND organ_kind = my_kind() AND created_by = my_officer()
  AND my_kind() NOT IN ('', 'administrator')
  AND sees_what_it_is_about(case_id, transfer_id, clue_id, supervision_id, referral_id));
CREATE POLICY change ON documents FOR UPDATE TO xianjie_app USING (
  organ_id = my_organ() AND my_kind() NOT IN ('', 'administrator')
  AND sees_what_it_is_about(case_id, transfer_id, clue_id, supervision_id, referral_id));

CREATE POLICY read ON document_texts FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id));
CREATE POLICY add ON document_texts FOR INSERT TO xianjie_app WITH CHECK (
  EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id AND d.organ_id = my_organ()
    AND d.docx_sha256 = sha256(docx)));
CREATE POLICY read ON document_prints FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id));
CREATE POLICY add ON document_prints FOR INSERT TO xianjie_app WITH CHECK (
  EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id AND d.number IS NOT NULL));
CREATE POLICY read ON document_scans FOR SELECT TO xianjie_app USING (
  EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id));
CREATE POLICY add ON document_scans FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = my_organ() AND uploaded_by = my_officer()
  AND EXISTS (SELECT 1 FROM documents d WHERE d.id = document_id AND d.number IS NOT NULL
    AND d.organ_id = my_organ()));

GRANT EXECUTE ON FUNCTION sees_what_it_is_about(uuid, uuid, uuid, uuid, uuid), keep_issued() TO xianjie_app;
GRANT SELECT, INSERT, UPDATE ON document_rules TO xianjie_app;
GRANT SELECT, INSERT ON documents TO xianjie_app;
GRANT UPDATE (state, number, serial_year, serial, filled, content, template_sha256, docx_sha256, docx_size, step_id,
  action, updated_at, issued_by, issued_at, voided_by, voided_at, void_reason, revision) ON documents TO xianjie_app;
GRANT SELECT, INSERT ON document_texts, document_prints, document_scans TO xianjie_app;
