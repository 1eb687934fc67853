-- The three roles and the database of Xianjie, on any PostgreSQL 15 or later. Run as a superuser, as often as
-- you like (a second run only sets the passwords and the grants again):
--
--   XIANJIE_OWNER_PASSWORD=… XIANJIE_APP_PASSWORD=… XIANJIE_WORKER_PASSWORD=… \
--     psql -d postgres -f app/database/roles.sql            # -v database=NAME for another name than xianjie
--
-- xianjie_owner   owns the tables; only `xianjie migrate` signs in with it
-- xianjie_app     the application: owns nothing, bypasses nothing
-- xianjie_worker  background jobs: owns nothing, bypasses nothing, has row policies of its own
\set ON_ERROR_STOP on
\if :{?database} \else \set database xianjie \endif
\set owner_password ''
\set app_password ''
\set worker_password ''
\getenv owner_password XIANJIE_OWNER_PASSWORD
\getenv app_password XIANJIE_APP_PASSWORD
\getenv worker_password XIANJIE_WORKER_PASSWORD
SELECT :'owner_password' = '' OR :'app_password' = '' OR :'worker_password' = '' AS password_missing \gset
\if :password_missing
  DO $$ BEGIN RAISE 'Set XIANJIE_OWNER_PASSWORD, XIANJIE_APP_PASSWORD and XIANJIE_WORKER_PASSWORD first.'; END $$;
\endif

SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['xianjie_owner', 'xianjie_app', 'xianjie_worker']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name)
\gexec
ALTER ROLE xianjie_owner  LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE xianjie_app    LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'app_password';
ALTER ROLE xianjie_worker LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'worker_password';

-- A managed PostgreSQL has no true superuser: there the creator must be a member of the owner to give it a database.
SELECT format('GRANT xianjie_owner TO %I', current_user)
 WHERE NOT pg_has_role(current_user, 'xianjie_owner', 'MEMBER')
\gexec
SELECT format('CREATE DATABASE %I OWNER xianjie_owner TEMPLATE template0 ENCODING ''UTF8''', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database')
\gexec
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO xianjie_app, xianjie_worker;

\connect :"database"
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO xianjie_app, xianjie_worker;
GRANT USAGE, CREATE ON SCHEMA public TO xianjie_owner;
