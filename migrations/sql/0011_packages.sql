-- Signing keys of organs and received packages.

-- The key with which an organ signs its packages, and the keys of organs of other installations that are trusted
-- here (those have no private half). The private half is sealed under the installation's secret.
CREATE TABLE organ_keys (
  kid text PRIMARY KEY CHECK (kid ~ '^[A-Za-z0-9_-]{43}$'),
  organ_id int NOT NULL REFERENCES organs (id),
  x text NOT NULL,
  y text NOT NULL,
  private_sealed bytea,
  valid_from timestamptz NOT NULL,
  valid_to timestamptz NOT NULL,
  revoked_at timestamptz,
  revoked_reason text,
  CHECK (valid_to > valid_from),
  CHECK ((revoked_at IS NULL) = (revoked_reason IS NULL))
);
CREATE INDEX organ_keys_by_organ ON organ_keys (organ_id, valid_from DESC);

-- Where a transfer came from that was opened in another installation.
CREATE TABLE received_packages (
  id uuid PRIMARY KEY,
  package_sha256 bytea NOT NULL UNIQUE,
  transfer_id uuid NOT NULL UNIQUE REFERENCES transfers (id) DEFERRABLE INITIALLY DEFERRED,
  case_id uuid NOT NULL UNIQUE REFERENCES cases (id) DEFERRABLE INITIALLY DEFERRED,
  kid text NOT NULL,
  signer_organ_id int NOT NULL REFERENCES organs (id),
  issued_at timestamptz NOT NULL,
  organ_id int NOT NULL REFERENCES organs (id),
  officer_id int NOT NULL REFERENCES officers (id),
  received_at timestamptz NOT NULL,
  -- the transaction of the receipt: in it alone may the rows of the package be added
  received_in xid8 NOT NULL
);
CREATE INDEX received_packages_by_organ ON received_packages (organ_id, id DESC);

ALTER TABLE organ_keys ENABLE ROW LEVEL SECURITY;
ALTER TABLE received_packages ENABLE ROW LEVEL SECURITY;

CREATE POLICY read ON organ_keys FOR SELECT TO xianjie_app USING ((SELECT my_officer()) IS NOT NULL);
CREATE POLICY read ON received_packages FOR SELECT TO xianjie_app USING (
  (organ_id = (SELECT my_organ()) AND (SELECT my_kind()) <> 'administrator')
  OR EXISTS (SELECT 1 FROM transfers t WHERE t.id = transfer_id));

-- Past the policies: the acting organ's own key with its sealed half, for signing in the organ's name.
CREATE FUNCTION my_signing_key(at timestamptz) RETURNS TABLE (kid text, private_sealed bytea)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
  SELECT k.kid, k.private_sealed FROM organ_keys k
    WHERE k.organ_id = my_organ() AND my_kind() IN ('enforcement', 'police', 'procuratorate')
      AND k.private_sealed IS NOT NULL AND k.revoked_at IS NULL AND at >= k.valid_from AND at < k.valid_to
    ORDER BY k.valid_from DESC LIMIT 1
$$;

-- Past the policies: the first key of the acting organ; false where it has or had one, of which its keeper decides.
CREATE FUNCTION add_my_first_key(new_kid text, new_x text, new_y text, sealed bytea, since timestamptz, until timestamptz)
  RETURNS boolean
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF my_kind() NOT IN ('enforcement', 'police', 'procuratorate') THEN
    RETURN false;
  END IF;
  PERFORM pg_advisory_xact_lock(hashtext('organ_keys'), my_organ());
  IF EXISTS (SELECT 1 FROM organ_keys k WHERE k.organ_id = my_organ() AND k.private_sealed IS NOT NULL) THEN
    RETURN false;
  END IF;
  INSERT INTO organ_keys (kid, organ_id, x, y, private_sealed, valid_from, valid_to)
    VALUES (new_kid, my_organ(), new_x, new_y, sealed, since, until);
  RETURN true;
END
$$;

-- Past the policies: organ code, login and name of officers who had to do with a transfer, for the organs whose
-- hands it went through.
CREATE FUNCTION officers_of_transfer(of_transfer uuid, ids int[])
  RETURNS TABLE (id int, organ text, login text, name text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN QUERY
    SELECT f.id, o.code, f.login, f.name
      FROM transfers t JOIN officers f ON f.id = ANY (ids) JOIN organs o ON o.id = f.organ_id
      WHERE t.id = of_transfer AND my_kind() IN ('enforcement', 'police', 'procuratorate')
        AND (my_organ() IN (t.organ_id, t.police_organ_id, t.procuratorate_organ_id)
          OR my_organ() = ANY (t.police_past))
        AND (f.organ_id IN (t.organ_id, t.police_organ_id, t.procuratorate_organ_id, t.court_organ_id)
          OR f.organ_id = ANY (t.police_past)
          OR EXISTS (SELECT 1 FROM transfer_steps s WHERE s.transfer_id = t.id AND s.organ_id = f.organ_id)
          OR EXISTS (SELECT 1 FROM files x WHERE x.case_id = t.case_id AND x.organ_id = f.organ_id)
          OR EXISTS (SELECT 1 FROM files x JOIN custody y ON y.file_id = x.id
            WHERE x.case_id = t.case_id AND y.officer_id = f.id)
          OR EXISTS (SELECT 1 FROM exhibits x JOIN custody y ON y.exhibit_id = x.id
            WHERE x.case_id = t.case_id AND y.officer_id = f.id)
          OR EXISTS (SELECT 1 FROM clocks x JOIN clock_changes y ON y.clock_id = x.id
            WHERE x.case_id = t.case_id AND y.officer_id = f.id));
END
$$;

-- Past the policies: begins the receipt of a transfer that is nowhere here yet; NULL, or why not and on which
-- transfer. Whoever begins must be addressed, or the rows that follow are refused and nothing stays.
CREATE FUNCTION begin_receipt(receipt uuid, package bytea, of_transfer uuid, of_case uuid, signed_with text,
    signer int, issued timestamptz, at timestamptz)
  RETURNS TABLE (refusal text, here uuid)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  earlier uuid;
BEGIN
  IF my_kind() NOT IN ('police', 'procuratorate') OR my_officer() IS NULL THEN
    RAISE EXCEPTION 'only police and procuratorate receive packages' USING ERRCODE = '42501';
  END IF;
  SELECT r.transfer_id INTO earlier FROM received_packages r WHERE r.package_sha256 = package;
  IF earlier IS NOT NULL THEN
    RETURN QUERY SELECT 'package_already_received', earlier;
  ELSIF EXISTS (SELECT 1 FROM transfers t WHERE t.id = of_transfer) THEN
    RETURN QUERY SELECT 'transfer_already_here', of_transfer;
  ELSIF EXISTS (SELECT 1 FROM cases c WHERE c.id = of_case) THEN
    RETURN QUERY SELECT 'case_already_here', NULL::uuid;
  ELSE
    INSERT INTO received_packages (id, package_sha256, transfer_id, case_id, kid, signer_organ_id, issued_at,
        organ_id, officer_id, received_at, received_in)
      VALUES (receipt, package, of_transfer, of_case, signed_with, signer, issued, my_organ(),
        my_officer(), at, pg_current_xact_id());
    RETURN QUERY SELECT NULL::text, NULL::uuid;
  END IF;
END
$$;

-- Whether the package of this case is being received in this very transaction.
CREATE FUNCTION is_being_received(of_case uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM received_packages r WHERE r.case_id = of_case
    AND r.officer_id = my_officer() AND r.received_in = pg_current_xact_id_if_assigned());
END
$$;
CREATE FUNCTION is_transfer_being_received(of_transfer uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM received_packages r WHERE r.transfer_id = of_transfer
    AND r.officer_id = my_officer() AND r.received_in = pg_current_xact_id_if_assigned());
END
$$;

-- Past the policies, while a package is being received: the officer of another organ whom it names. Who is not
-- known here is entered without role and password, and cannot sign in.
CREATE FUNCTION officer_named(of_transfer uuid, organ text, officer_login text, officer_name text) RETURNS int
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  found int;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM received_packages r WHERE r.transfer_id = of_transfer
      AND r.officer_id = my_officer() AND r.received_in = pg_current_xact_id_if_assigned()) THEN
    RAISE EXCEPTION 'no package is being received' USING ERRCODE = '42501';
  END IF;
  INSERT INTO officers (organ_id, login, name, roles, active)
    SELECT o.id, officer_login, officer_name, '{}', false FROM organs o WHERE o.code = organ
    ON CONFLICT (organ_id, login) DO NOTHING;
  SELECT f.id INTO STRICT found
    FROM officers f JOIN organs o ON o.id = f.organ_id WHERE o.code = organ AND f.login = officer_login;
  RETURN found;
END
$$;

-- The transfer goes to its addressee alone; what hangs on it follows it.
CREATE POLICY receive ON transfers FOR INSERT TO xianjie_app WITH CHECK (
  is_transfer_being_received(id) AND is_being_received(case_id)
  AND ((my_kind() = 'police' AND police_organ_id = my_organ())
    OR (my_kind() = 'procuratorate' AND procuratorate_organ_id = my_organ())));
CREATE POLICY receive ON transfer_steps FOR INSERT TO xianjie_app WITH CHECK (is_transfer_being_received(transfer_id));
CREATE POLICY receive ON cases FOR INSERT TO xianjie_app WITH CHECK (is_being_received(id));
CREATE POLICY receive ON case_details FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON parties FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON findings FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON officer_findings FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON outside_penalties FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON case_grants FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON evidence_items FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON files FOR INSERT TO xianjie_app WITH CHECK (
  case_id IS NOT NULL AND is_being_received(case_id));
CREATE POLICY receive ON clocks FOR INSERT TO xianjie_app WITH CHECK (
  clue_id IS NULL AND case_id IS NOT NULL AND is_being_received(case_id));
CREATE POLICY receive ON clock_changes FOR INSERT TO xianjie_app WITH CHECK (EXISTS (
  SELECT 1 FROM clocks k WHERE k.id = clock_id AND k.case_id IS NOT NULL AND is_being_received(k.case_id)));
CREATE POLICY receive ON exhibits FOR INSERT TO xianjie_app WITH CHECK (is_being_received(case_id));
CREATE POLICY receive ON exhibit_photographs FOR INSERT TO xianjie_app WITH CHECK (EXISTS (
  SELECT 1 FROM exhibits e WHERE e.id = exhibit_id AND is_being_received(e.case_id)));
CREATE POLICY receive ON exhibit_counts FOR INSERT TO xianjie_app WITH CHECK (is_transfer_being_received(transfer_id));
CREATE POLICY receive ON exhibit_disposals FOR INSERT TO xianjie_app WITH CHECK (EXISTS (
  SELECT 1 FROM exhibits e WHERE e.id = exhibit_id AND is_being_received(e.case_id)));
CREATE POLICY receive ON custody FOR INSERT TO xianjie_app WITH CHECK (
  EXISTS (SELECT 1 FROM files f WHERE f.id = file_id AND f.case_id IS NOT NULL AND is_being_received(f.case_id))
  OR EXISTS (SELECT 1 FROM exhibits e WHERE e.id = exhibit_id AND is_being_received(e.case_id)));
CREATE POLICY receive ON documents FOR INSERT TO xianjie_app WITH CHECK (
  case_id IS NOT NULL AND is_being_received(case_id) AND state IN ('issued', 'void'));
CREATE POLICY receive ON document_texts FOR INSERT TO xianjie_app WITH CHECK (EXISTS (
  SELECT 1 FROM documents d WHERE d.id = document_id AND d.case_id IS NOT NULL AND is_being_received(d.case_id)
    AND d.docx_sha256 = sha256(docx)));
CREATE POLICY receive ON document_scans FOR INSERT TO xianjie_app WITH CHECK (EXISTS (
  SELECT 1 FROM documents d WHERE d.id = document_id AND d.case_id IS NOT NULL AND is_being_received(d.case_id)));

GRANT SELECT (kid, organ_id, x, y, valid_from, valid_to, revoked_at, revoked_reason) ON organ_keys TO xianjie_app;
GRANT SELECT ON received_packages TO xianjie_app;
GRANT EXECUTE ON FUNCTION my_signing_key(timestamptz),
  add_my_first_key(text, text, text, bytea, timestamptz, timestamptz), officers_of_transfer(uuid, int[]),
  begin_receipt(uuid, bytea, uuid, uuid, text, int, timestamptz, timestamptz), is_being_received(uuid),
  is_transfer_being_received(uuid), officer_named(uuid, text, text, text) TO xianjie_app;
