"""The tables of the log, version by version, for both engines. Versions are added, never rewritten: a log outlives its code.

sl_entry and sl_checkpoint refuse UPDATE, DELETE and TRUNCATE by trigger. sl_pair may close a row once. All else is
either sealed (sl_secret, sl_key) or derived and rebuildable (sl_tree, sl_node, sl_row, sl_subject, sl_cursor).
"""

CURRENT = 1

_COMMON = """
CREATE TABLE sl_head (one INTEGER PRIMARY KEY CHECK (one = 1), origin TEXT NOT NULL, next_seq BIGINT NOT NULL, last_at BIGINT);
CREATE TABLE sl_entry (seq BIGINT PRIMARY KEY, leaf BLOB NOT NULL, body BLOB NOT NULL);
CREATE TABLE sl_pair (seq BIGINT PRIMARY KEY, kind TEXT NOT NULL, at BIGINT NOT NULL, closed_by BIGINT UNIQUE);
CREATE INDEX sl_pair_open ON sl_pair (kind, at) WHERE closed_by IS NULL;
CREATE TABLE sl_key (key_id TEXT PRIMARY KEY, scope TEXT NOT NULL, month TEXT NOT NULL, wrapped BLOB, destroyed_at BIGINT);
CREATE INDEX sl_key_scope ON sl_key (scope, month);
CREATE TABLE sl_secret (seq BIGINT NOT NULL, key_id TEXT NOT NULL, nonce BLOB NOT NULL, ciphertext BLOB NOT NULL, PRIMARY KEY (seq, key_id));
CREATE TABLE sl_tree (one INTEGER PRIMARY KEY CHECK (one = 1), size BIGINT NOT NULL, edge BLOB NOT NULL);
CREATE TABLE sl_node (level INTEGER NOT NULL, number BIGINT NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, number));
CREATE TABLE sl_checkpoint (size BIGINT PRIMARY KEY, note TEXT NOT NULL, at BIGINT NOT NULL);
CREATE TABLE sl_cursor (one INTEGER PRIMARY KEY CHECK (one = 1), next_seq BIGINT NOT NULL);
CREATE TABLE sl_row (
  seq BIGINT PRIMARY KEY, at BIGINT NOT NULL, phase TEXT NOT NULL, provider TEXT, catalog TEXT, service TEXT, ground TEXT, consumer TEXT, matter TEXT,
  item TEXT, purpose TEXT, result TEXT, intent_seq BIGINT, subject_b TEXT, case_b TEXT, operator_b TEXT);
CREATE INDEX sl_row_subject ON sl_row (subject_b, seq);
CREATE TABLE sl_subject (subject_b TEXT NOT NULL, seq BIGINT NOT NULL, PRIMARY KEY (subject_b, seq));
CREATE INDEX sl_row_case ON sl_row (case_b, seq);
CREATE INDEX sl_row_operator ON sl_row (operator_b, seq);
CREATE INDEX sl_row_provider ON sl_row (provider, seq);
CREATE INDEX sl_row_phase ON sl_row (phase, seq);
CREATE INDEX sl_row_at ON sl_row (at);
"""

_SEEDS = """
INSERT INTO sl_tree VALUES (1, 0, {empty});
INSERT INTO sl_cursor VALUES (1, 0);
"""

_SQLITE_TRIGGERS = tuple(
    f"CREATE TRIGGER {table}_no_{act.lower()} BEFORE {act} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    for table in ("sl_entry", "sl_checkpoint")
    for act in ("UPDATE", "DELETE")
) + (
    "CREATE TRIGGER sl_pair_once BEFORE UPDATE ON sl_pair WHEN OLD.closed_by IS NOT NULL OR NEW.closed_by IS NULL OR NEW.seq <> OLD.seq "
    "BEGIN SELECT RAISE(ABORT, 'sl_pair closes once'); END",
    "CREATE TRIGGER sl_pair_no_delete BEFORE DELETE ON sl_pair BEGIN SELECT RAISE(ABORT, 'sl_pair closes once'); END",
)

_POSTGRES_GUARDS = (
    """
CREATE FUNCTION sl_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$""",
    """
CREATE FUNCTION sl_close_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.closed_by IS NOT NULL OR NEW.closed_by IS NULL OR NEW.seq <> OLD.seq THEN RAISE EXCEPTION 'sl_pair closes once'; END IF;
  RETURN NEW;
END $$""",
    "CREATE TRIGGER sl_entry_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON sl_entry EXECUTE FUNCTION sl_refuse()",
    "CREATE TRIGGER sl_checkpoint_guard BEFORE UPDATE OR DELETE OR TRUNCATE ON sl_checkpoint EXECUTE FUNCTION sl_refuse()",
    "CREATE TRIGGER sl_pair_guard BEFORE DELETE OR TRUNCATE ON sl_pair EXECUTE FUNCTION sl_refuse()",
    "CREATE TRIGGER sl_pair_once BEFORE UPDATE ON sl_pair FOR EACH ROW EXECUTE FUNCTION sl_close_once()",
)

# Locked from the head row to the commit, never across a client round trip; order of numbers = order of commits.
# Rows are looked up one by one (enable_…): a plan made while the log was small is kept while it grows.
_POSTGRES_APPEND = """
CREATE FUNCTION log_append(
  leaves bytea[], bodies bytea[], ats bigint[], opens text[], closes bigint[], closing text[], questions bigint[],
  secret_of int[], secret_key text[], secret_nonce bytea[], secret_text bytea[],
  key_ids text[], key_scopes text[], key_months text[], key_wrapped bytea[]
) RETURNS bigint[] LANGUAGE plpgsql SECURITY DEFINER SET search_path = sharinglog, pg_temp
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  next bigint; given bigint[] := '{}'; dead int[]; ends int;
BEGIN
  SELECT h.next_seq INTO STRICT next FROM sl_head h FOR UPDATE;
  INSERT INTO sl_key (key_id, scope, month, wrapped)
    SELECT * FROM unnest(key_ids, key_scopes, key_months, key_wrapped) ON CONFLICT DO NOTHING;
  SELECT coalesce(array_agg(s.item), '{}') INTO dead FROM unnest(secret_of, secret_key) AS s(item, key_id)
    JOIN sl_key k ON k.key_id = s.key_id WHERE k.destroyed_at IS NOT NULL;
  SELECT count(*) INTO ends FROM unnest(closes) AS c(seq) WHERE c.seq IS NOT NULL;
  IF dead = '{}' AND array_remove(questions, NULL) = '{}' AND ends = (
    SELECT count(DISTINCT p.seq) FROM unnest(closes, closing) AS c(seq, kind)
      JOIN sl_pair p ON p.seq = c.seq AND p.kind = c.kind WHERE p.closed_by IS NULL
  ) THEN -- nothing to refuse: all at once
    INSERT INTO sl_entry SELECT next + e.i - 1, e.leaf, e.body FROM unnest(leaves, bodies) WITH ORDINALITY AS e(leaf, body, i);
    INSERT INTO sl_pair SELECT next + o.i - 1, o.kind, o.at, NULL FROM unnest(opens, ats) WITH ORDINALITY AS o(kind, at, i)
      WHERE o.kind IS NOT NULL;
    UPDATE sl_pair p SET closed_by = next + c.i - 1 FROM unnest(closes) WITH ORDINALITY AS c(seq, i) WHERE p.seq = c.seq;
    SELECT array_agg(n) INTO given FROM generate_series(next, next + cardinality(leaves) - 1) AS n;
    next := next + cardinality(leaves);
  ELSE FOR i IN 1 .. cardinality(leaves) LOOP
    IF i = ANY (dead) THEN
      given := given || (-3)::bigint; CONTINUE;
    END IF;
    IF closes[i] IS NOT NULL THEN
      UPDATE sl_pair p SET closed_by = next WHERE p.seq = closes[i] AND p.kind = closing[i] AND p.closed_by IS NULL
        AND (questions[i] IS NULL OR EXISTS (SELECT 1 FROM sl_pair q WHERE q.seq = questions[i] AND q.closed_by = p.seq));
      IF NOT FOUND THEN
        given := given || (CASE WHEN EXISTS (SELECT 1 FROM sl_pair p WHERE p.seq = closes[i] AND p.kind = closing[i] AND p.closed_by IS NOT NULL)
                           THEN -1 ELSE -2 END)::bigint;
        CONTINUE;
      END IF;
    END IF;
    INSERT INTO sl_entry VALUES (next, leaves[i], bodies[i]);
    IF opens[i] IS NOT NULL THEN
      INSERT INTO sl_pair VALUES (next, opens[i], ats[i], NULL);
    END IF;
    given := given || next;
    next := next + 1;
  END LOOP; END IF;
  INSERT INTO sl_secret SELECT given[s.item], s.key_id, s.nonce, s.content
    FROM unnest(secret_of, secret_key, secret_nonce, secret_text) AS s(item, key_id, nonce, content) WHERE given[s.item] >= 0;
  UPDATE sl_head SET next_seq = next, last_at = ats[array_length(ats, 1)];
  RETURN given;
END $$"""

WRITER = "yijian_log_writer"
POSTGRES_GRANTS = (
    "REVOKE ALL ON SCHEMA sharinglog FROM PUBLIC",
    "REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA sharinglog FROM PUBLIC",
    f"GRANT USAGE ON SCHEMA sharinglog TO {WRITER}",
    f"GRANT SELECT ON ALL TABLES IN SCHEMA sharinglog TO {WRITER}",
    # The only way to add an entry is the function, which numbers, pairs and seals in one go.
    f"GRANT EXECUTE ON FUNCTION log_append TO {WRITER}",
    f"GRANT INSERT ON sl_node, sl_checkpoint TO {WRITER}",
    # SELECT … FOR UPDATE wants an UPDATE right; on sl_head it is over a column that no trigger or reader trusts.
    f"GRANT UPDATE (one) ON sl_head TO {WRITER}",
    f"GRANT UPDATE ON sl_tree, sl_cursor TO {WRITER}",
    f"GRANT UPDATE (wrapped, destroyed_at) ON sl_key TO {WRITER}",
    f"GRANT INSERT, UPDATE, DELETE ON sl_row, sl_subject TO {WRITER}",
)


def sqlite() -> tuple[str, ...]:
    """Statements that make version 1 on SQLite."""
    return _split(_COMMON + _SEEDS.format(empty="x''")) + _SQLITE_TRIGGERS


def postgres() -> tuple[str, ...]:
    """Statements that make version 1 in the schema `sharinglog` of PostgreSQL."""
    tables = _COMMON.replace("BLOB", "BYTEA") + _SEEDS.format(empty="''::bytea")
    return _split(tables) + _POSTGRES_GUARDS + (_POSTGRES_APPEND,)


def _split(script: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in script.split(";") if part.strip())
