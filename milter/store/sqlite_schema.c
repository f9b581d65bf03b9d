/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The database's tables. Those of an older version are replaced, not converted: they
 * do not hold what joins threads (Message-IDs, orders by shop, agents), the audit
 * log does, and the projector applies it anew at the start that follows.
 */
#include "store/sqlite.h"

#define SCHEMA_VERSION 8

/*
 * message: every entry of the log about threads, commands too; counts is 0 for the attempts of a mail that
 * another one stands for; token is what a reply to it quotes. thread: merged names the thread that it became part of, family the one that a part shows
 * some messages of (sqlite_part.c). thread_event: who belongs to a thread. reference: what an entry is about, also before that came.
 */
static const char schema_threads[] =
    "CREATE TABLE applied(one INTEGER PRIMARY KEY CHECK(one = 1), seq INTEGER NOT NULL, hash TEXT NOT NULL,"
    " newest INTEGER NOT NULL);"
    "CREATE TABLE message(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type INTEGER NOT NULL, time INTEGER NOT NULL,"
    " inbound INTEGER NOT NULL, counts INTEGER NOT NULL, progress INTEGER NOT NULL, effect INTEGER NOT NULL,"
    " due INTEGER NOT NULL, unit INTEGER NOT NULL, keyed INTEGER NOT NULL, digest BLOB, header BLOB, name BLOB, token BLOB,"
    " marketplace TEXT NOT NULL, shop TEXT NOT NULL, agent TEXT NOT NULL, action TEXT NOT NULL, subject TEXT NOT NULL,"
    " customer TEXT NOT NULL, orderid TEXT NOT NULL, caseid TEXT NOT NULL, channel TEXT NOT NULL, labels TEXT NOT NULL,"
    " message_id TEXT NOT NULL, ref TEXT NOT NULL, ids TEXT NOT NULL, part TEXT NOT NULL);"
    "CREATE INDEX message_digest ON message(digest, inbound) WHERE digest IS NOT NULL;"
    "CREATE INDEX message_header ON message(header) WHERE header IS NOT NULL;"
    "CREATE INDEX message_name ON message(name, keyed) WHERE name IS NOT NULL;"
    "CREATE INDEX message_case ON message(caseid, time) WHERE caseid <> '';"
    "CREATE TABLE reference(value BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(value, seq)) WITHOUT ROWID;"
    "CREATE TABLE message_order(value TEXT NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(value, seq)) WITHOUT ROWID;"
    "CREATE TABLE thread(id INTEGER PRIMARY KEY, merged INTEGER NOT NULL DEFAULT 0, family INTEGER NOT NULL DEFAULT 0,"
    " part TEXT NOT NULL DEFAULT '', visible INTEGER NOT NULL DEFAULT 0,"
    " key TEXT NOT NULL DEFAULT '', key_time INTEGER NOT NULL DEFAULT 0, key_id TEXT NOT NULL DEFAULT '',"
    " marketplace TEXT NOT NULL DEFAULT '', shop TEXT NOT NULL DEFAULT '', customer TEXT NOT NULL DEFAULT '',"
    " subject TEXT NOT NULL DEFAULT '', orderid TEXT NOT NULL DEFAULT '', caseid TEXT NOT NULL DEFAULT '',"
    " labels TEXT NOT NULL DEFAULT '', last_id TEXT NOT NULL DEFAULT '', last_time INTEGER NOT NULL DEFAULT 0,"
    " failed INTEGER NOT NULL DEFAULT 0, opened INTEGER NOT NULL DEFAULT 0, due INTEGER NOT NULL DEFAULT 0,"
    " spam INTEGER NOT NULL DEFAULT 0, done INTEGER NOT NULL DEFAULT 0, needed INTEGER NOT NULL DEFAULT 0,"
    " care INTEGER NOT NULL DEFAULT 0, adjustment INTEGER NOT NULL DEFAULT 0, revised INTEGER NOT NULL DEFAULT 0);"
    "CREATE UNIQUE INDEX thread_part ON thread(family, part) WHERE family > 0;"
    /* One for each filter of the inbox, in the order that it shows; overdue looks at due on its way. */
    "CREATE INDEX thread_all ON thread(last_time, id) WHERE visible = 1;"
    "CREATE INDEX thread_inbox ON thread(last_time, id) WHERE visible = 1 AND spam = 0;"
    "CREATE INDEX thread_open ON thread(last_time, id, due) WHERE visible = 1 AND opened > 0;"
    "CREATE INDEX thread_failed ON thread(last_time, id) WHERE visible = 1 AND failed > 0;"
    "CREATE INDEX thread_spam ON thread(last_time, id) WHERE visible = 1 AND spam = 1;"
    "CREATE INDEX thread_needed ON thread(last_time, id) WHERE visible = 1 AND needed = 1;"
    "CREATE INDEX thread_care ON thread(last_time, id) WHERE visible = 1 AND care = 1;"
    "CREATE INDEX thread_adjustment ON thread(last_time, id) WHERE visible = 1 AND adjustment = 1;"
    /* For counting. */
    "CREATE INDEX thread_account ON thread(shop, marketplace) WHERE visible = 1 AND spam = 0;"
    "CREATE INDEX thread_waiting ON thread(shop, marketplace, due) WHERE visible = 1 AND opened > 0;"
    "CREATE INDEX thread_revised ON thread(revised) WHERE revised > 0;";

static const char schema_more[] =
    /* Folded already. Without a copy of the text: to remove a row takes the same text again. */
    "CREATE VIRTUAL TABLE thread_text USING fts5(subject, customer, content='', detail=column, columnsize=0,"
    " tokenize='trigram case_sensitive 1');"
    "CREATE TABLE thread_key(link BLOB PRIMARY KEY, thread INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE thread_event(thread INTEGER NOT NULL, seq INTEGER NOT NULL, how INTEGER NOT NULL,"
    " PRIMARY KEY(thread, seq)) WITHOUT ROWID;"
    "CREATE INDEX thread_event_seq ON thread_event(seq);"
    "CREATE TABLE party(id INTEGER PRIMARY KEY, marketplace TEXT NOT NULL, shop TEXT NOT NULL, agent TEXT NOT NULL,"
    " UNIQUE(marketplace, shop, agent));"
    /* moment: the second at which it counts in rates (desk/README.md), NULL when it never does; day: of that second, since
     * 1970. */
    "CREATE TABLE inquiry(thread INTEGER NOT NULL, number INTEGER NOT NULL, opened INTEGER NOT NULL,"
    " due INTEGER NOT NULL, closed INTEGER NOT NULL, outcome INTEGER NOT NULL, party INTEGER NOT NULL,"
    " moment INTEGER, day INTEGER, in_time INTEGER NOT NULL, PRIMARY KEY(thread, number)) WITHOUT ROWID;"
    "CREATE INDEX inquiry_day ON inquiry(day, party, in_time) WHERE day IS NOT NULL;"
    "CREATE INDEX inquiry_moment ON inquiry(moment, party, opened, due, closed, outcome) WHERE moment IS NOT NULL;"
    "CREATE INDEX inquiry_open ON inquiry(due) WHERE outcome = 0;"
    "CREATE TABLE alert(thread INTEGER NOT NULL, part TEXT NOT NULL, opened INTEGER NOT NULL, level INTEGER NOT NULL,"
    " PRIMARY KEY(thread, part, opened, level)) WITHOUT ROWID;"
    "CREATE TABLE milestone(subject TEXT NOT NULL, name TEXT NOT NULL, time INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " term_days INTEGER NOT NULL, PRIMARY KEY(subject, name, time, seq)) WITHOUT ROWID;"
    "CREATE INDEX milestone_time ON milestone(time);"
    /* Which windows may close in some days: those of a milestone's day, and those whose notice named its own term. */
    "CREATE INDEX milestone_start ON milestone(name, time, subject) WHERE term_days <= 0;"
    "CREATE INDEX milestone_term ON milestone(name, time + term_days * 86400, subject) WHERE term_days > 0;"
    /* Mail that is told of at once; what was told leaves the index that each turn of the alerts walks along. */
    "CREATE TABLE alarm(key TEXT PRIMARY KEY, kind INTEGER NOT NULL, time INTEGER NOT NULL, seq INTEGER NOT NULL,"
    " told INTEGER NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID;"
    "CREATE INDEX alarm_open ON alarm(kind, time) WHERE told = 0;"
    "CREATE INDEX alarm_time ON alarm(kind, time);"
    /* Alerts that were given of anything but inquiries, whose are in table alert. */
    "CREATE TABLE told(key TEXT NOT NULL, level INTEGER NOT NULL, PRIMARY KEY(key, level)) WITHOUT ROWID;"
    "CREATE TABLE letter(seq INTEGER PRIMARY KEY, labels TEXT NOT NULL, orderid TEXT NOT NULL, asks INTEGER NOT NULL,"
    " gave_phone INTEGER NOT NULL, keyid TEXT NOT NULL, grams TEXT NOT NULL);"
    /* purged: seq of the event that says so. archived_name: by what a legal hold finds a message (enum store_hold_kind). */
    "CREATE TABLE archived(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, digest TEXT NOT NULL, class INTEGER NOT NULL,"
    " time INTEGER NOT NULL, size INTEGER NOT NULL, inbound INTEGER NOT NULL, marketplace TEXT NOT NULL,"
    " sender TEXT NOT NULL, subject TEXT NOT NULL, orderid TEXT NOT NULL, purged INTEGER NOT NULL);"
    "CREATE INDEX archived_digest ON archived(digest);"
    "CREATE INDEX archived_class ON archived(class, time, seq) WHERE purged = 0;"
    "CREATE INDEX archived_purged ON archived(purged) WHERE purged > 0;"
    "CREATE TABLE archived_name(kind INTEGER NOT NULL, value TEXT NOT NULL, seq INTEGER NOT NULL,"
    " PRIMARY KEY(kind, value, seq)) WITHOUT ROWID;"
    "CREATE TABLE legal_hold(id TEXT PRIMARY KEY, seq INTEGER NOT NULL, time INTEGER NOT NULL, kind INTEGER NOT NULL,"
    " value TEXT NOT NULL, why TEXT NOT NULL, person TEXT NOT NULL, released INTEGER NOT NULL,"
    " released_why TEXT NOT NULL, released_person TEXT NOT NULL) WITHOUT ROWID;"
    "PRAGMA application_id = 1349481332;" /* SQLITE_APPLICATION_ID */
    "PRAGMA user_version = 8;";           /* SCHEMA_VERSION */

/* What the log could not give back: it stays when the other tables are replaced. */
static const char counters[] =
    "CREATE TABLE IF NOT EXISTS counter(ns BLOB NOT NULL, key BLOB NOT NULL, message BLOB NOT NULL, time INTEGER NOT NULL,"
    " delta INTEGER NOT NULL, UNIQUE(ns, key, message));"
    "CREATE INDEX IF NOT EXISTS counter_time ON counter(ns, time);"
    "CREATE TABLE IF NOT EXISTS counter_space(ns BLOB PRIMARY KEY, keep INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS counter_late(ns BLOB NOT NULL, key BLOB NOT NULL, message BLOB NOT NULL,"
    " time INTEGER NOT NULL, delta INTEGER NOT NULL, keep INTEGER NOT NULL, UNIQUE(ns, key, message));"
    /* Who this gateway is to the others, and the last record of its log that they were given. */
    "CREATE TABLE IF NOT EXISTS gateway(one INTEGER PRIMARY KEY CHECK(one = 1), id TEXT NOT NULL, seq INTEGER NOT NULL,"
    " hash TEXT NOT NULL);";

/*
 * Other gateways' events. stream: how far that of a shop was read, and published to; peer_stream: the last record of a
 * gateway's log applied out of a shop's stream; gap: records of it that were never seen.
 */
static const char schema_peers[] =
    "CREATE TABLE stream(shop TEXT PRIMARY KEY, position TEXT NOT NULL, published INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE peer(number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);"
    "CREATE TABLE peer_stream(shop TEXT NOT NULL, peer INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY(shop, peer))"
    " WITHOUT ROWID;"
    "CREATE TABLE gap(shop TEXT NOT NULL, peer INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,"
    " PRIMARY KEY(shop, peer, since)) WITHOUT ROWID;";

/* Of this and every older version, but for the counters. */
static const char drop[] =
    "DROP TABLE IF EXISTS letter; DROP TABLE IF EXISTS thread_label; DROP TABLE IF EXISTS thread_order;"
    "DROP TABLE IF EXISTS thread_event; DROP TABLE IF EXISTS message; DROP TABLE IF EXISTS reference;"
    "DROP TABLE IF EXISTS message_order; DROP TABLE IF EXISTS thread; DROP TABLE IF EXISTS thread_key;"
    "DROP TABLE IF EXISTS thread_text; DROP TABLE IF EXISTS party; DROP TABLE IF EXISTS inquiry;"
    "DROP TABLE IF EXISTS alarm; DROP TABLE IF EXISTS told; DROP TABLE IF EXISTS alert;"
    "DROP TABLE IF EXISTS milestone; DROP TABLE IF EXISTS applied;"
    "DROP TABLE IF EXISTS archived; DROP TABLE IF EXISTS archived_name; DROP TABLE IF EXISTS legal_hold;"
    "DROP TABLE IF EXISTS stream; DROP TABLE IF EXISTS peer; DROP TABLE IF EXISTS peer_stream; DROP TABLE IF EXISTS gap;";

static const char forget[] =
    "DELETE FROM applied; DELETE FROM message; DELETE FROM reference; DELETE FROM message_order; DELETE FROM thread;"
    "DELETE FROM thread_key; DELETE FROM thread_event; DELETE FROM party; DELETE FROM inquiry; DELETE FROM alert;"
    "DELETE FROM alarm; DELETE FROM told; DELETE FROM peer_stream; DELETE FROM peer; DELETE FROM gap;"
    "UPDATE stream SET position = '';"
    "DELETE FROM milestone; DELETE FROM letter; INSERT INTO thread_text(thread_text) VALUES('delete-all');"
    "DELETE FROM archived; DELETE FROM archived_name; DELETE FROM legal_hold;";

static int ask_int(struct sql_conn *conn, const char *question, int64_t *value_r, struct diag *d)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(conn->db, question, -1, &stmt, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(stmt);
	if (rc == SQLITE_ROW)
		*value_r = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return rc == SQLITE_ROW ? 0 : sql_fail(conn, rc, question, d);
}

int sqlite_schema_check(struct sql_conn *conn, struct diag *d)
{
	int64_t version, application, tables;

	if (ask_int(conn, "PRAGMA user_version", &version, d) == -1 ||
	    ask_int(conn, "PRAGMA application_id", &application, d) == -1 ||
	    ask_int(conn, "SELECT count(*) FROM sqlite_master", &tables, d) == -1)
		return -1;
	if (tables == 0)
		return 0;
	if (application != SQLITE_APPLICATION_ID)
		return diag_add(d, "%s: a database of another program, check the path", conn->path);
	if (version > SCHEMA_VERSION)
		return diag_add(d, "%s: was written by a newer Postern (schema %lld, this one knows %d); "
		    "update, or move it away and run 'postern rebuild'", conn->path, (long long)version, SCHEMA_VERSION);
	return version < SCHEMA_VERSION ? 2 : 1;
}

static int run_script(struct sql_conn *conn, const char *script, const char *what, struct diag *d)
{
	int code = sqlite3_exec(conn->db, script, NULL, NULL, NULL);

	return code == SQLITE_OK ? 0 : sql_fail(conn, code, what, d);
}

/* Two processes may start at once: looked at again inside the transaction. */
int sqlite_schema_make(struct sql_conn *conn, struct diag *d)
{
	int rc = sql_run(conn, SQL_BEGIN, d), found;

	if (rc == -1)
		return -1;
	found = rc = sqlite_schema_check(conn, d);
	if (found == 2)
		rc = run_script(conn, drop, "replace the tables of an older version", d);
	if (rc != -1 && found != 1)
		rc = run_script(conn, counters, "make the tables", d);
	if (rc != -1 && found != 1)
		rc = run_script(conn, schema_threads, "make the tables", d);
	if (rc != -1 && found != 1)
		rc = run_script(conn, schema_more, "make the tables", d);
	if (rc != -1 && found != 1)
		rc = run_script(conn, schema_peers, "make the tables", d);
	return sql_end(conn, rc == -1 ? -1 : 0, d);
}

int sqlite_schema_forget(struct sql_conn *conn, struct diag *d)
{
	return run_script(conn, forget, "reset", d);
}
