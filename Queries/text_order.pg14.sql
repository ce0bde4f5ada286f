-- The given texts in the order of the database's collation, each once: surrogates are put in their place in that order.
-- Parameters: $1, an array of texts.
-- Privileges: none. Cost: sorting them, 2 µs a text. Locks: none.
SELECT /* pgmedic */
    v.value
FROM pg_catalog.unnest($1::text[]) v(value)
GROUP BY v.value
ORDER BY v.value COLLATE pg_catalog."default"
