-- What the procedure keeps beside the state of a transfer.

-- Matters that run beside the state (early involvement, consultation, a notice to withdraw …): `name` or
-- `name:party`, as `procedure.yaml` begins and ends them.
ALTER TABLE transfers ADD COLUMN matters text[] NOT NULL DEFAULT '{}';
-- When the act was done, where it was done on paper before it was entered.
ALTER TABLE transfer_steps ADD COLUMN occurred_at timestamptz;

-- A procuratorate outside the sender's area that takes the prosecution over sees and takes up what it has to.
CREATE OR REPLACE FUNCTION is_open_to_me(of_case uuid) RETURNS boolean
  LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = public, pg_temp AS $$
BEGIN
  RETURN my_kind() IN ('police', 'court', 'tax', 'commission', 'enforcement', 'procuratorate')
    AND EXISTS (SELECT 1 FROM case_grants g WHERE g.case_id = of_case);
END
$$;
ALTER POLICY read ON transfers USING (
  may_see_case(organ_id, line, county, city, province)
  OR (my_kind() = 'police' AND (police_organ_id = my_organ()
    OR my_organ() = ANY (police_past)
    OR (my_level() = 'city' AND police_city = my_area())
    OR (my_level() = 'province' AND police_province = my_area())
    OR (my_level() = 'nation' AND police_organ_id IS NOT NULL)))
  OR (my_kind() = 'procuratorate' AND procuratorate_organ_id = my_organ())
  OR (my_kind() = 'court' AND court_organ_id = my_organ()));
ALTER POLICY change ON transfers USING (
  ((SELECT my_kind()) = 'enforcement' AND organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'police' AND police_organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'procuratorate'
    AND (in_my_area(county, city, province) OR procuratorate_organ_id = (SELECT my_organ())))
  OR ((SELECT my_kind()) = 'court' AND court_organ_id = (SELECT my_organ())))
  WITH CHECK (
  ((SELECT my_kind()) = 'enforcement' AND organ_id = (SELECT my_organ()))
  OR ((SELECT my_kind()) = 'police' AND (police_organ_id = (SELECT my_organ())
    OR (SELECT my_organ()) = ANY (police_past)))
  OR ((SELECT my_kind()) = 'procuratorate'
    AND (in_my_area(county, city, province) OR procuratorate_organ_id = (SELECT my_organ())))
  OR ((SELECT my_kind()) = 'court' AND court_organ_id = (SELECT my_organ())));

-- Referrals that no transfer of a suspected crime came before: `reverse` (police or procuratorate to an enforcement
-- organ, `reverse.yaml`) and `detention` (enforcement organ to police, `detention.yaml`). Placed like the enforcement
-- organ that they concern.
CREATE TABLE referrals (
  id uuid PRIMARY KEY,
  number text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('reverse', 'detention')),
  from_organ_id int NOT NULL REFERENCES organs (id),
  enforcement_organ_id int NOT NULL REFERENCES organs (id),
  police_organ_id int REFERENCES organs (id),
  procuratorate_organ_id int REFERENCES organs (id),
  -- enforcement organs that gave it back as not theirs
  past_organs int[] NOT NULL DEFAULT '{}',
  line text NOT NULL,
  county int,
  city int,
  province int,
  -- the case of the enforcement organ
  case_id uuid REFERENCES cases (id),
  state text NOT NULL,
  matters text[] NOT NULL DEFAULT '{}',
  proposal text,
  proposed_by int REFERENCES officers (id),
  -- whom it concerns, for the list
  party_name text NOT NULL,
  revision int NOT NULL DEFAULT 1,
  opened_by int NOT NULL REFERENCES officers (id),
  opened_at timestamptz NOT NULL,
  sent_at timestamptz,
  closed_at timestamptz,
  updated_at timestamptz NOT NULL,
  UNIQUE (from_organ_id, number)
);
CREATE INDEX referrals_by_sender ON referrals (from_organ_id, id DESC);
CREATE INDEX referrals_by_enforcement ON referrals (enforcement_organ_id, id DESC);
CREATE INDEX referrals_by_police ON referrals (police_organ_id, id DESC);
CREATE INDEX referrals_by_county ON referrals (county, id DESC);
CREATE INDEX referrals_by_city ON referrals (city, id DESC);
CREATE INDEX referrals_by_province ON referrals (province, id DESC);
CREATE INDEX referrals_by_case ON referrals (case_id) WHERE case_id IS NOT NULL;
CREATE FUNCTION place_referral() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
  SELECT o.line, o.county, o.city, o.province INTO STRICT NEW.line, NEW.county, NEW.city, NEW.province
    FROM organs o WHERE o.id = NEW.enforcement_organ_id;
  RETURN NEW;
END
$$;
CREATE TRIGGER place BEFORE INSERT OR UPDATE OF enforcement_organ_id, line, county, city, province ON referrals
  FOR EACH ROW EXECUTE FUNCTION place_referral();

CREATE TABLE referral_steps (
  id uuid PRIMARY KEY,
  referral_id uuid NOT NULL REFERENCES referrals (id),
  action text NOT NULL,
  from_state text,
  to_state text NOT NULL,
  organ_id int NOT NULL REFERENCES organs (id),
  officer_id int NOT NULL REFERENCES officers (id),
  organ_name text NOT NULL,
  officer_name text NOT NULL,
  inputs jsonb NOT NULL DEFAULT '{}',
  -- the kind of organ within which the act stays (the examination, a proposal that waits for its head)
  internal_to text,
  occurred_at timestamptz NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX referral_steps_by_referral ON referral_steps (referral_id, id);

ALTER TABLE referrals ENABLE ROW LEVEL SECURITY;
ALTER TABLE referral_steps ENABLE ROW LEVEL SECURITY;

-- Who opened it, the procuratorates of the area, and from its sending on whom it is sent to, with superiors.
CREATE POLICY read ON referrals FOR SELECT TO xianjie_app USING (
  my_kind() NOT IN ('', 'administrator', 'coordinating', 'supervising') AND (
    from_organ_id = my_organ() OR procuratorate_organ_id = my_organ()
    OR (my_kind() = 'procuratorate' AND in_my_area(county, city, province))
    OR (sent_at IS NOT NULL AND (
      my_organ() IN (enforcement_organ_id, police_organ_id) OR my_organ() = ANY (past_organs)
      OR (my_kind() = 'enforcement' AND my_level() <> 'county' AND line = my_line()
        AND in_my_area(county, city, province))
      OR (my_kind() = 'police' AND my_level() <> 'county' AND police_organ_id IS NOT NULL
        AND in_my_area(county, city, province))))));
CREATE POLICY add ON referrals FOR INSERT TO xianjie_app WITH CHECK (
  from_organ_id = my_organ() AND opened_by = my_officer()
  AND my_kind() IN ('enforcement', 'police', 'procuratorate'));
CREATE POLICY change ON referrals FOR UPDATE TO xianjie_app USING (
  my_kind() IN ('enforcement', 'police', 'procuratorate') AND (
    my_organ() IN (from_organ_id, procuratorate_organ_id)
    OR (my_kind() = 'procuratorate' AND in_my_area(county, city, province))
    OR (sent_at IS NOT NULL AND my_organ() IN (enforcement_organ_id, police_organ_id))));
CREATE POLICY worker ON referrals FOR SELECT TO xianjie_worker USING (true);

CREATE POLICY read ON referral_steps FOR SELECT TO xianjie_app USING (
  (internal_to IS NULL OR (SELECT my_kind()) IN (internal_to, 'procuratorate'))
  AND EXISTS (SELECT 1 FROM referrals r WHERE r.id = referral_id));
CREATE POLICY add ON referral_steps FOR INSERT TO xianjie_app WITH CHECK (
  organ_id = (SELECT my_organ()) AND officer_id = (SELECT my_officer())
  AND EXISTS (SELECT 1 FROM referrals r WHERE r.id = referral_id));

-- Their clocks are seen with them and with nothing else.
ALTER TABLE clocks ADD COLUMN referral_id uuid REFERENCES referrals (id);
ALTER TABLE clocks DROP CONSTRAINT clocks_check;
ALTER TABLE clocks ADD CONSTRAINT clocks_run_on CHECK (
  case_id IS NOT NULL OR clue_id IS NOT NULL OR referral_id IS NOT NULL);
ALTER TABLE clocks ADD CONSTRAINT clocks_of_referral CHECK (
  referral_id IS NULL OR (case_id IS NULL AND transfer_id IS NULL AND clue_id IS NULL AND supervision_id IS NULL));
CREATE INDEX clocks_by_referral ON clocks (referral_id) WHERE referral_id IS NOT NULL;
CREATE POLICY with_referral ON clocks AS RESTRICTIVE FOR ALL TO xianjie_app USING (
  referral_id IS NULL OR EXISTS (SELECT 1 FROM referrals r WHERE r.id = referral_id));
CREATE POLICY of_referral ON clocks FOR SELECT TO xianjie_app USING (
  referral_id IS NOT NULL AND EXISTS (SELECT 1 FROM referrals r WHERE r.id = referral_id));
CREATE POLICY add_of_referral ON clocks FOR INSERT TO xianjie_app WITH CHECK (
  referral_id IS NOT NULL AND EXISTS (SELECT 1 FROM referrals r WHERE r.id = referral_id));
CREATE POLICY change_of_referral ON clocks FOR UPDATE TO xianjie_app USING (
  referral_id IS NOT NULL AND EXISTS (SELECT 1 FROM referrals r WHERE r.id = referral_id
    AND ((SELECT my_kind()) = 'procuratorate'
      OR (SELECT my_organ()) IN (r.from_organ_id, r.enforcement_organ_id, r.police_organ_id))));

ALTER TABLE notices DROP CONSTRAINT notices_subject_kind_check;
ALTER TABLE notices ADD CONSTRAINT notices_subject_kind_check CHECK (
  subject_kind IN ('case', 'transfer', 'clue', 'supervision', 'referral'));

GRANT EXECUTE ON FUNCTION place_referral() TO xianjie_app;
GRANT SELECT, INSERT ON referrals, referral_steps TO xianjie_app;
-- What a referral is and who opened it never changes.
GRANT UPDATE (enforcement_organ_id, police_organ_id, past_organs, case_id, state, matters, proposal, proposed_by,
  revision, sent_at, closed_at, updated_at) ON referrals TO xianjie_app;
GRANT SELECT (id, number) ON referrals TO xianjie_worker;
