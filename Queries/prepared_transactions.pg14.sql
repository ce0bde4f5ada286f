-- Transactions prepared for two-phase commit.
-- Privileges: none. Cost: < 1 ms. Locks: none.
SELECT /* pgmedic */
    p.gid,
    p.transaction::text::bigint AS transaction_id,
    pg_catalog.age(p.transaction)::bigint AS transaction_id_age,
    pg_catalog.date_part('epoch', p.prepared) AS prepared,
    p.owner::text AS owner,
    p.database::text AS database
FROM pg_catalog.pg_prepared_xacts p
ORDER BY p.prepared, p.gid
