-- The cluster's identifier, the same on its replicas.
-- Privileges: EXECUTE on pg_control_system (everybody's unless revoked). Cost: reads pg_control. Locks: none.
SELECT /* pgmedic */ c.system_identifier::text AS system_identifier
FROM pg_catalog.pg_control_system() c
