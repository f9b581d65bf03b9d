/* SPDX-License-Identifier: BSD-2-Clause */
/* Every statement that is ever run, as constant text: no SQL is built from data. */
#include "store/sqlite.h"

#define THREAD_COLUMNS \
    "t.id, t.key, t.marketplace, t.shop, t.customer, t.subject, t.orderid, t.caseid, t.labels, t.last_id, t.last_time," \
    " t.failed, t.opened, t.due, t.spam, t.done, t.adjustment, t.revised"

/* Threads that an entry of table x belongs to, for IN. */
#define THREADS_OF(from, condition) \
    "(SELECT e.thread FROM " from " JOIN thread_event e ON e.seq = x.seq WHERE " condition ")"

/*
 * What narrows a search, whatever it starts with. ?1 shop, ?2 marketplace, ?3 label, ?4 order, ?5 case, ?6 message,
 * ?7 part of the subject, ?8 of the customer, ?9 state, ?10 now, ?11 limit, ?12 offset, ?13 a second after which nothing
 * happened in the thread; ?14 is the start's own.
 */
#define THREAD_FITS \
    " AND t.visible = 1" \
    " AND t.last_time <= ?13 AND t.revised <= ?13 AND (?1 IS NULL OR t.shop = ?1) AND (?2 IS NULL OR t.marketplace = ?2)" \
    " AND (?3 IS NULL OR instr(',' || t.labels || ',', ',' || ?3 || ',') > 0)" \
    " AND (?4 IS NULL OR t.id IN " THREADS_OF("message_order x", "x.value = ?4") ")" \
    " AND (?5 IS NULL OR t.id IN " THREADS_OF("message x", "x.caseid = ?5 AND x.caseid <> ''") ")" \
    " AND (?6 IS NULL OR t.id IN " THREADS_OF("message x", "x.id = ?6") ")" \
    " AND (?7 IS NULL OR instr(fold(t.subject), ?7) > 0) AND (?8 IS NULL OR instr(fold(t.customer), ?8) > 0)" \
    " AND CASE ?9 WHEN 0 THEN t.spam = 0 WHEN 1 THEN t.opened > 0 WHEN 2 THEN t.opened > 0 AND t.due < ?10" \
    " WHEN 3 THEN t.failed > 0 WHEN 4 THEN t.spam = 1 WHEN 5 THEN t.needed = 1 WHEN 6 THEN t.care = 1" \
    " WHEN 7 THEN t.adjustment = 1 ELSE 1 END" \
    " ORDER BY t.last_time DESC, t.id DESC LIMIT ?11 OFFSET ?12"

#define THREADS_FROM(start) "SELECT " THREAD_COLUMNS " FROM thread t WHERE " start THREAD_FITS
/* Along an index in the order that is wanted: the walk ends with the limit. */
#define THREADS_ALONG(index, start) \
    "SELECT " THREAD_COLUMNS " FROM thread t INDEXED BY " index " WHERE t.visible = 1 AND " start THREAD_FITS

#define ALARM_COLUMNS \
    "a.key, m.id, a.time, m.marketplace, m.shop, m.customer, m.subject, m.orderid, a.detail, a.told"
#define ARCHIVED_COLUMNS \
    "SELECT a.seq, a.id, a.digest, a.class, a.time, a.size, a.inbound, a.marketplace, a.sender, a.subject, a.orderid, a.purged"

const char *const sqlite_sql[SQL_STATEMENTS] = {
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_APPLIED] = "SELECT seq, hash FROM applied",
	[SQL_SET_APPLIED] = "INSERT INTO applied(one, seq, hash, newest) VALUES(1, ?1, ?2, ?3)"
	    " ON CONFLICT(one) DO UPDATE SET seq = ?1, hash = ?2, newest = max(newest, ?3)",
	[SQL_NEWEST] = "SELECT newest FROM applied",

	/* ---- applying ---- */
	[SQL_MESSAGE_ADD] = "INSERT INTO message(seq, id, type, time, inbound, counts, progress, effect, due, unit, keyed,"
	    " digest, header, name, marketplace, shop, agent, action, subject, customer, orderid, caseid, channel, labels,"
	    " message_id, ref, ids, part, token) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,"
	    " nullif(?12, x''), nullif(?13, x''), nullif(?14, x''), ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24,"
	    " ?25, ?26, ?27, ?28, nullif(?29, x'')) ON CONFLICT(id) DO NOTHING",
	[SQL_MESSAGE_WINNER] = "SELECT seq, progress, time, id FROM message"
	    " WHERE digest = ?1 AND inbound = ?2 AND digest IS NOT NULL AND counts = 1 AND seq <> ?3",
	[SQL_MESSAGE_COUNTS] = "UPDATE message SET counts = ?2 WHERE seq = ?1",
	[SQL_REFERENCE_ADD] = "INSERT INTO reference(value, seq) VALUES(?1, ?2) ON CONFLICT DO NOTHING",
	[SQL_REFERRERS] = "SELECT seq FROM reference WHERE value = ?1",
	[SQL_TARGETS_BY_ID] = "SELECT seq FROM message WHERE id = ?1",
	[SQL_TARGETS_BY_HEADER] = "SELECT seq FROM message WHERE header = ?1 AND header IS NOT NULL",
	[SQL_NAMES] = "SELECT id, header FROM message WHERE seq = ?1 AND type = 0",
	[SQL_PAIR] = "SELECT r.type, r.inbound, r.keyed, r.effect, t.type, t.inbound, t.keyed,"
	    " r.marketplace = t.marketplace AND r.shop = t.shop FROM message r, message t WHERE r.seq = ?1 AND t.seq = ?2",
	[SQL_KEY_FIND] = "SELECT thread FROM thread_key WHERE link = ?1",
	[SQL_KEY_ADD] = "INSERT INTO thread_key(link, thread) VALUES(?1, ?2)",
	[SQL_THREAD_NEW] = "INSERT INTO thread DEFAULT VALUES",
	[SQL_THREAD_MERGED] = "SELECT merged FROM thread WHERE id = ?1",
	[SQL_THREAD_CLAIM] = "UPDATE thread SET key = ?2, key_time = ?3, key_id = ?4"
	    " WHERE id = ?1 AND (key = '' OR (key_time, key_id, key) > (?3, ?4, ?2))",
	[SQL_MEMBER_ADD] = "INSERT INTO thread_event(thread, seq, how) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT DO UPDATE SET how = ?3 WHERE how < ?3",
	[SQL_MEMBER_REMOVE] = "DELETE FROM thread_event WHERE seq = ?1 AND how = 0 RETURNING thread",
	[SQL_MEMBERS_OF] = "SELECT thread FROM thread_event WHERE seq = ?1 AND how > 0",
	[SQL_OWN_THREAD] = "SELECT thread FROM thread_event WHERE seq = ?1 AND how = 2",

	/* ---- two threads that are one: ?2 becomes part of ?1 ---- */
	[SQL_MERGE_MEMBERS] = "INSERT INTO thread_event(thread, seq, how) SELECT ?1, seq, how FROM thread_event WHERE thread = ?2"
	    " ON CONFLICT DO UPDATE SET how = max(how, excluded.how)",
	[SQL_MERGE_ALERTS] = "INSERT INTO alert(thread, part, opened, level) SELECT ?1, part, opened, level FROM alert WHERE thread = ?2"
	    " ON CONFLICT DO NOTHING",
	[SQL_MERGE_CLAIM] = "UPDATE thread SET (key, key_time, key_id) = (SELECT key, key_time, key_id FROM thread WHERE id = ?2)"
	    " WHERE id = ?1 AND EXISTS (SELECT 1 FROM thread o WHERE o.id = ?2 AND o.key <> '' AND (thread.key = ''"
	    " OR (thread.key_time, thread.key_id, thread.key) > (o.key_time, o.key_id, o.key)))",
	[SQL_MERGE_CLEAR] = "UPDATE thread SET merged = ?1, visible = 0, spam = 0, failed = 0, opened = 0, needed = 0, care = 0,"
	    " adjustment = 0, revised = 0, key = '', marketplace = '', shop = '', customer = '', subject = '', orderid = '',"
	    " caseid = '', labels = '', last_id = '' WHERE id = ?2",
	[SQL_DROP_MEMBERS] = "DELETE FROM thread_event WHERE thread = ?1",
	[SQL_DROP_ALERTS] = "DELETE FROM alert WHERE thread = ?1",
	[SQL_DROP_INQUIRIES] = "DELETE FROM inquiry WHERE thread = ?1",

	/* ---- a thread's parts ---- */
	[SQL_PARTS] = "SELECT id, part FROM thread WHERE family = ?1 AND family > 0",
	[SQL_PART_FIND] = "SELECT id FROM thread WHERE family = ?1 AND part = ?2 AND family > 0",
	[SQL_PART_NEW] = "INSERT INTO thread(family, part) VALUES(?1, ?2)",
	/* ?3 is added to the time: where the customer wrote nothing, the key is no alias of his. */
	[SQL_PART_NAME] = "UPDATE thread SET (key, key_time, key_id) = (SELECT iif(f.key = '' OR thread.part = '', f.key,"
	    " f.key || '#' || thread.part), f.key_time + ?3, f.key_id FROM thread f WHERE f.id = ?1) WHERE id = ?2",
	[SQL_PART_MEMBER] = "INSERT INTO thread_event(thread, seq, how) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT DO UPDATE SET how = ?3 WHERE how <> ?3",
	[SQL_PART_COUNT] = "SELECT count(*) FROM thread_event WHERE thread = ?1",
	[SQL_PART_REMOVE] = "DELETE FROM thread WHERE id = ?1",
	[SQL_THREAD_HIDE] = "UPDATE thread SET visible = 0, spam = 0, failed = 0, opened = 0, needed = 0, care = 0,"
	    " adjustment = 0, revised = 0 WHERE id = ?1",
	[SQL_FAMILY_REFERENCES] = "SELECT r.seq, m.seq FROM thread_event e JOIN message m ON m.seq = e.seq AND m.counts = 1"
	    " JOIN reference r ON r.value IN (m.header, m.token) WHERE e.thread = ?1",

	/* ---- copies that only a name matches: keyed 1 is a customer's message, 3 such a copy ---- */
	[SQL_LOOSE_COPIES] = "SELECT seq, time FROM message WHERE name = ?1 AND name IS NOT NULL AND keyed = 3 AND counts = 1",
	[SQL_NAME_THREADS] = "SELECT DISTINCT e.thread FROM message m JOIN thread_event e ON e.seq = m.seq AND e.how = 2"
	    " WHERE m.name = ?1 AND m.name IS NOT NULL AND m.keyed = 1 AND m.counts = 1 AND m.time <= ?2 LIMIT 2",
	[SQL_NAMES_OF] = "SELECT DISTINCT m.name FROM thread_event e JOIN message m ON m.seq = e.seq"
	    " WHERE e.thread = ?1 AND m.name IS NOT NULL AND m.keyed = 1",

	[SQL_ORDER_ADD] = "INSERT INTO message_order(value, seq) VALUES(?1, ?2) ON CONFLICT DO NOTHING",
	[SQL_FACT_ADD] = "INSERT INTO milestone(subject, name, time, seq, term_days) VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT DO NOTHING",
	[SQL_ALERT_ADD] = "INSERT INTO alert(thread, part, opened, level) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",

	/* ---- alarms: the first attempt of a mail, whatever came first; told also when that came before ---- */
	[SQL_ALARM_ADD] = "INSERT INTO alarm(key, kind, time, seq, told, detail)"
	    " VALUES(?1, ?2, ?3, ?4, EXISTS(SELECT 1 FROM told WHERE key = ?1), ?5)"
	    " ON CONFLICT(key) DO UPDATE SET time = excluded.time, seq = excluded.seq, detail = excluded.detail"
	    " WHERE (excluded.time, (SELECT id FROM message WHERE seq = excluded.seq))"
	    " < (alarm.time, (SELECT id FROM message WHERE seq = alarm.seq))",
	[SQL_TOLD_ADD] = "INSERT INTO told(key, level) VALUES(?1, ?2) ON CONFLICT DO NOTHING",
	[SQL_ALARM_TOLD] = "UPDATE alarm SET told = 1 WHERE key = ?1",

	/* ---- the projection of a thread ---- */
	[SQL_ENTRIES] = "SELECT m.seq, m.time, m.type, iif(e.how < 0, e.how + 10, e.how), m.inbound, m.counts, m.progress, m.effect, m.due, m.unit, m.keyed,"
	    " m.id, hex(m.digest), m.marketplace, m.shop, m.agent, m.action, m.subject, m.customer, m.orderid, m.caseid,"
	    " m.channel, m.labels, m.message_id, m.ref, m.part FROM thread_event e JOIN message m ON m.seq = e.seq"
	    " WHERE e.thread = ?1",
	[SQL_THREAD_OLD] = "SELECT visible, fold(subject), fold(customer), key <> '' AND key_time < ?2 FROM thread WHERE id = ?1",
	[SQL_THREAD_WRITE] = "UPDATE thread SET visible = ?2, marketplace = ?3, shop = ?4, customer = ?5, subject = ?6,"
	    " orderid = ?7, caseid = ?8, labels = ?9, last_id = ?10, last_time = ?11, failed = ?12, opened = ?13, due = ?14,"
	    " spam = ?15, done = ?16, needed = ?17, care = ?18, adjustment = ?19, revised = ?20 WHERE id = ?1",
	[SQL_TEXT_DELETE] = "INSERT INTO thread_text(thread_text, rowid, subject, customer) VALUES('delete', ?1, ?2, ?3)",
	[SQL_TEXT_ADD] = "INSERT INTO thread_text(rowid, subject, customer) VALUES(?1, ?2, ?3)",
	[SQL_INQUIRIES] = "SELECT number, opened, due, closed, outcome, party FROM inquiry WHERE thread = ?1 ORDER BY number",
	[SQL_INQUIRY_SET] = "INSERT INTO inquiry(thread, number, opened, due, closed, outcome, party, moment, day, in_time)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, iif(?11, ?8, NULL), iif(?11, ?9, NULL), ?10) ON CONFLICT(thread, number)"
	    " DO UPDATE SET opened = excluded.opened, due = excluded.due, closed = excluded.closed,"
	    " outcome = excluded.outcome, party = excluded.party, moment = excluded.moment, day = excluded.day,"
	    " in_time = excluded.in_time",
	[SQL_INQUIRY_TRIM] = "DELETE FROM inquiry WHERE thread = ?1 AND number >= ?2",
	[SQL_PARTY_ADD] = "INSERT INTO party(marketplace, shop, agent) VALUES(?1, ?2, ?3)",
	[SQL_PARTY_ID] = "SELECT id FROM party WHERE marketplace = ?1 AND shop = ?2 AND agent = ?3",

	/* ---- asking for threads ---- */
	[SQL_THREADS_ONE] = THREADS_FROM("t.id IN (SELECT ?14 UNION ALL SELECT id FROM thread WHERE family = ?14 AND family > 0)"),
	[SQL_THREADS_MESSAGE] = THREADS_FROM("t.id IN " THREADS_OF("message x", "x.id = ?14")),
	[SQL_THREADS_ORDER] = THREADS_FROM("t.id IN " THREADS_OF("message_order x", "x.value = ?14")),
	[SQL_THREADS_CASE] = THREADS_FROM("t.id IN " THREADS_OF("message x", "x.caseid = ?14 AND x.caseid <> ''")),
	[SQL_THREADS_TEXT] = THREADS_FROM("t.id IN (SELECT rowid FROM thread_text WHERE thread_text MATCH ?14)"),
	[SQL_THREADS_ANY] = THREADS_ALONG("thread_inbox", "t.spam = 0"),
	[SQL_THREADS_UNANSWERED] = THREADS_ALONG("thread_open", "t.opened > 0"),
	[SQL_THREADS_OVERDUE] = THREADS_ALONG("thread_open", "t.opened > 0 AND t.due < ?10"),
	[SQL_THREADS_FAILED] = THREADS_ALONG("thread_failed", "t.failed > 0"),
	[SQL_THREADS_SPAM] = THREADS_ALONG("thread_spam", "t.spam = 1"),
	[SQL_THREADS_NEEDED] = THREADS_ALONG("thread_needed", "t.needed = 1"),
	[SQL_THREADS_CARE] = THREADS_ALONG("thread_care", "t.care = 1"),
	[SQL_THREADS_ADJUSTMENT] = THREADS_ALONG("thread_adjustment", "t.adjustment = 1"),
	[SQL_THREADS_ALL] = THREADS_ALONG("thread_all", "1"),
	[SQL_THREADS_CHANGED] = THREADS_FROM("t.id IN (SELECT id FROM thread WHERE visible = 1 AND last_time > ?14"
	    " UNION SELECT id FROM thread WHERE revised > 0 AND revised > ?14)"),
	[SQL_TEXT_COUNT] = "SELECT count(*) FROM (SELECT 1 FROM thread_text WHERE thread_text MATCH ?1 LIMIT ?2)",

	/* ---- asking for figures ---- */
	[SQL_PARTIES] = "SELECT id, marketplace, shop, agent FROM party"
	    " WHERE (?1 IS NULL OR marketplace = ?1) AND (?2 IS NULL OR shop = ?2) AND (?3 IS NULL OR agent = ?3)",
	[SQL_RATES] = "SELECT party, opened, due, closed, outcome, thread FROM inquiry INDEXED BY inquiry_moment"
	    " WHERE moment > ?1 AND moment < ?2",
	[SQL_RATE_DAYS] = "SELECT day, party, count(*), sum(in_time) FROM inquiry INDEXED BY inquiry_day"
	    " WHERE day > ?1 AND day < ?2 GROUP BY day, party",
	[SQL_REVISED] = "SELECT id, marketplace, shop FROM thread WHERE revised > ?1 AND revised > 0",
	[SQL_DUE] = "SELECT t.key, t.marketplace, t.shop, t.customer, t.subject, t.orderid, t.labels, i.opened, i.due,"
	    " (SELECT max(level) FROM alert a WHERE a.thread = iif(t.family > 0, t.family, t.id)"
	    " AND a.part = t.part AND a.opened = i.opened)"
	    " FROM inquiry i JOIN thread t ON t.id = i.thread WHERE i.outcome = 0 AND i.due <= ?1"
	    " ORDER BY i.due, t.key, i.number",
	/* A shop is a range that the index leads to, also when it is all of them. */
	[SQL_COUNT_THREADS] = "SELECT count(*) FROM thread t INDEXED BY thread_account WHERE t.visible = 1 AND t.spam = 0"
	    " AND t.shop BETWEEN coalesce(?1, '') AND coalesce(?1, char(1114111)) AND (?2 IS NULL OR t.marketplace = ?2)",
	[SQL_COUNT_OPEN] = "SELECT count(*), coalesce(sum(t.due BETWEEN ?1 AND ?2), 0), coalesce(sum(t.due < ?1), 0)"
	    " FROM thread t INDEXED BY thread_waiting WHERE t.visible = 1 AND t.opened > 0"
	    " AND t.shop BETWEEN coalesce(?3, '') AND coalesce(?3, char(1114111)) AND (?4 IS NULL OR t.marketplace = ?4)",
	[SQL_ALARMS_OPEN] = "SELECT " ALARM_COLUMNS " FROM alarm a INDEXED BY alarm_open JOIN message m ON m.seq = a.seq"
	    " WHERE a.told = 0 AND a.kind = ?1 AND a.time > ?2 ORDER BY a.time, a.key",
	[SQL_ALARMS] = "SELECT " ALARM_COLUMNS " FROM alarm a INDEXED BY alarm_time JOIN message m ON m.seq = a.seq"
	    " WHERE a.kind = ?1 AND a.time > ?2 ORDER BY a.time, a.key",
	[SQL_TOLD] = "SELECT coalesce(max(level), 0) FROM told WHERE key = ?1",
	[SQL_SUBJECTS] = "SELECT subject FROM milestone INDEXED BY milestone_start"
	    " WHERE term_days <= 0 AND name = ?1 AND time BETWEEN ?2 AND ?3"
	    " UNION SELECT subject FROM milestone INDEXED BY milestone_term"
	    " WHERE term_days > 0 AND name = ?1 AND time + term_days * 86400 BETWEEN ?4 AND ?5",
	[SQL_FACTS_OF] = "SELECT f.name, f.subject, f.time, max(f.term_days), min(m.id), m.marketplace, m.shop, m.orderid"
	    " FROM milestone f JOIN message m ON m.seq = f.seq WHERE m.counts = 1 AND f.subject = ?2 AND f.time >= ?1"
	    " GROUP BY f.subject, f.name, f.time ORDER BY f.subject, f.time, f.name",
	[SQL_FACTS_SINCE] = "SELECT f.name, f.subject, f.time, max(f.term_days), min(m.id), m.marketplace, m.shop, m.orderid"
	    " FROM milestone f JOIN message m ON m.seq = f.seq WHERE m.counts = 1 AND f.time >= ?1"
	    " GROUP BY f.subject, f.name, f.time ORDER BY f.subject, f.time, f.name",
	[SQL_CASES] = "SELECT caseid, marketplace, shop, inbound, effect, id, time, channel, subject, labels, ids, action"
	    " FROM message"
	    " WHERE caseid <> '' AND counts = 1 AND (?1 IS NULL OR caseid = ?1) AND (?2 IS NULL OR shop = ?2)"
	    " AND (?3 IS NULL OR marketplace = ?3) AND (?4 IS NULL OR (caseid, marketplace, shop) IN"
	    " (SELECT m.caseid, m.marketplace, m.shop FROM message_order o JOIN message m ON m.seq = o.seq WHERE o.value = ?4))"
	    " ORDER BY marketplace, shop, caseid, time, id",

	/* ---- letters ---- */
	[SQL_LETTER_ADD] = "INSERT INTO letter(seq, labels, orderid, asks, gave_phone, keyid, grams)"
	    " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
	[SQL_LETTER_DROP] = "DELETE FROM letter WHERE seq = ?1",
	[SQL_LETTER_COUNT] = "SELECT count(*) FROM thread_event e JOIN letter l ON l.seq = e.seq WHERE e.thread = ?1",
	[SQL_LETTER_PRUNE] = "DELETE FROM letter WHERE seq = (SELECT l.seq FROM thread_event e JOIN letter l ON l.seq = e.seq"
	    " JOIN message m ON m.seq = e.seq WHERE e.thread = ?1 ORDER BY m.time, m.id LIMIT 1)",
	/* No order: most threads have one or two letters, and a sorter costs more than to find them. */
	[SQL_LETTERS] = "SELECT m.inbound, m.time, m.id, l.labels, l.orderid, l.asks, l.gave_phone, l.keyid, l.grams"
	    " FROM thread_event e JOIN letter l ON l.seq = e.seq JOIN message m ON m.seq = l.seq WHERE e.thread = ?1",

	/* ---- the archive ---- */
	[SQL_ARCHIVED_ADD] = "INSERT INTO archived(seq, id, digest, class, time, size, inbound, marketplace, sender, subject,"
	    " orderid, purged) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0) ON CONFLICT DO NOTHING",
	[SQL_ARCHIVED_NAME_ADD] = "INSERT INTO archived_name(kind, value, seq) VALUES(?1, ?2, ?3) ON CONFLICT DO NOTHING",
	[SQL_ARCHIVED_PURGE] = "UPDATE archived SET purged = ?1 WHERE digest = ?2 AND purged = 0 AND seq <= ?3",
	[SQL_HOLD_ADD] = "INSERT INTO legal_hold(id, seq, time, kind, value, why, person, released, released_why,"
	    " released_person) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, '', '') ON CONFLICT DO NOTHING",
	[SQL_HOLD_RELEASE] = "UPDATE legal_hold SET released = ?2, released_why = ?3, released_person = ?4"
	    " WHERE id = ?1 AND released = 0",
	[SQL_ARCHIVED_ID] = ARCHIVED_COLUMNS " FROM archived a WHERE a.id = ?1",
	[SQL_ARCHIVED_DIGEST] = ARCHIVED_COLUMNS " FROM archived a WHERE a.digest = ?1 AND (?2 OR a.purged = 0) ORDER BY a.seq",
	[SQL_ARCHIVED_LAST_PURGED] = ARCHIVED_COLUMNS " FROM archived a INDEXED BY archived_purged"
	    " WHERE a.purged > 0 AND a.purged = (SELECT max(purged) FROM archived WHERE purged > 0)",
	[SQL_ARCHIVED_OLDEST] = ARCHIVED_COLUMNS " FROM archived a INDEXED BY archived_class WHERE a.purged = 0 AND a.class = ?1"
	    " AND a.time <= ?2 AND (a.time, a.seq) > (?3, ?4) ORDER BY a.time, a.seq LIMIT ?5",
	/* As SQL_HOLD_KEEPS has it. */
	[SQL_ARCHIVED_NAMED] = ARCHIVED_COLUMNS " FROM archived a WHERE a.seq IN ("
	    "SELECT seq FROM archived_name WHERE kind = ?6 AND value = ?7"
	    " UNION SELECT m.seq FROM message_order o JOIN thread_event e ON e.seq = o.seq JOIN thread_event m"
	    " ON m.thread = e.thread WHERE ?6 = 0 AND o.value = ?7"
	    " UNION SELECT seq FROM thread_event WHERE ?6 = 1 AND thread = ?8"
	    " UNION SELECT seq FROM archived_name WHERE ?6 = 2 AND kind = 2 AND value = '*')"
	    " AND (?1 = -1 OR a.class = ?1) AND a.time BETWEEN ?2 AND ?3 AND (?4 OR a.purged = 0) ORDER BY a.seq DESC LIMIT ?5",
	[SQL_ARCHIVED_NEWEST] = ARCHIVED_COLUMNS " FROM archived a WHERE (?1 = -1 OR a.class = ?1)"
	    " AND a.time BETWEEN ?2 AND ?3 AND (?4 OR a.purged = 0) ORDER BY a.seq DESC LIMIT ?5",
	[SQL_ARCHIVED_SUMS] = "SELECT class, sum(purged = 0), coalesce(sum(size) FILTER (WHERE purged = 0), 0),"
	    " coalesce(min(time) FILTER (WHERE purged = 0), 0), coalesce(max(time) FILTER (WHERE purged = 0), 0),"
	    " sum(purged > 0) FROM archived GROUP BY class",
	[SQL_HOLDS] = "SELECT id, time, kind, value, why, person, released, released_why, released_person FROM legal_hold"
	    " WHERE (?1 IS NULL OR id = ?1) AND (?2 = -1 OR (kind = ?2 AND value = ?3)) AND (?4 OR released = 0) ORDER BY seq",
	[SQL_HOLD_KEEPS] = "SELECT EXISTS (SELECT 1 FROM archived_name WHERE kind = ?1 AND value = ?2 AND seq = ?3)"
	    " OR (?1 = 0 AND EXISTS (SELECT 1 FROM thread_event m JOIN thread_event e ON e.thread = m.thread"
	    " JOIN message_order o ON o.value = ?2 AND o.seq = e.seq WHERE m.seq = ?3))"
	    " OR (?1 = 1 AND EXISTS (SELECT 1 FROM thread_event WHERE thread = ?4 AND seq = ?3))"
	    " OR (?1 = 2 AND EXISTS (SELECT 1 FROM archived_name WHERE kind = 2 AND value = '*' AND seq = ?3))",

	/* ---- counters ---- */
	[SQL_COUNTER_ADD] = "INSERT INTO counter(ns, key, message, time, delta) VALUES(?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT DO NOTHING",
	[SQL_COUNTER_SUM] = "SELECT coalesce(sum(delta), 0) FROM counter WHERE ns = ?1 AND key = ?2 AND time > ?3 AND time <= ?4",
	[SQL_SPACE] = "INSERT INTO counter_space(ns, keep) VALUES(?1, ?2)"
	    " ON CONFLICT(ns) DO UPDATE SET keep = ?2 WHERE keep < ?2",
	[SQL_COUNTER_PRUNE] = "DELETE FROM counter WHERE rowid IN (SELECT c.rowid FROM counter c, counter_space s"
	    " WHERE s.ns = c.ns AND c.ns = ?1 AND c.time <= ?2 - s.keep LIMIT 10000)",

	/* ---- what other gateways share (sqlite_peer.c) ---- */
	[SQL_SELF] = "SELECT id, seq, hash FROM gateway",
	[SQL_SELF_SET] = "INSERT INTO gateway(one, id, seq, hash) VALUES(1, ?1, ?2, ?3)"
	    " ON CONFLICT(one) DO UPDATE SET id = ?1, seq = ?2, hash = ?3",
	[SQL_STREAMS] = "SELECT shop, position, published FROM stream",
	[SQL_STREAMS_FORGET] = "UPDATE stream SET published = 0",
	[SQL_STREAM_PUBLISHED] = "INSERT INTO stream(shop, position, published) VALUES(?1, '', ?2)"
	    " ON CONFLICT(shop) DO UPDATE SET published = ?2",
	[SQL_STREAM_CURSOR] = "INSERT INTO stream(shop, position, published) VALUES(?1, ?2, 0)"
	    " ON CONFLICT(shop) DO UPDATE SET position = ?2",
	[SQL_PEER_ADD] = "INSERT INTO peer(id) VALUES(?1) ON CONFLICT DO NOTHING",
	[SQL_PEER_NUMBER] = "SELECT number FROM peer WHERE id = ?1",
	[SQL_PEER_SEQ] = "SELECT seq FROM peer_stream WHERE shop = ?1 AND peer = ?2",
	[SQL_PEER_SET] = "INSERT INTO peer_stream(shop, peer, seq) VALUES(?1, ?2, ?3)"
	    " ON CONFLICT(shop, peer) DO UPDATE SET seq = ?3",
	[SQL_PEERS] = "SELECT p.id, max(s.seq) FROM peer p JOIN peer_stream s ON s.peer = p.number GROUP BY p.id ORDER BY p.id",
	[SQL_PEER_OF] = "SELECT p.id FROM message m JOIN peer p ON p.number = m.seq >> 40 WHERE m.id = ?1",
	[SQL_NEWEST_SET] = "INSERT INTO applied(one, seq, hash, newest) VALUES(1, 0, '', ?1)"
	    " ON CONFLICT(one) DO UPDATE SET newest = max(newest, ?1)",
	[SQL_MESSAGE_COUNT] = "SELECT count(*) FROM message",
	[SQL_GAP_ADD] = "INSERT INTO gap(shop, peer, since, until) VALUES(?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
	[SQL_GAPS] = "SELECT g.shop, p.id, g.since, g.until FROM gap g JOIN peer p ON p.number = g.peer ORDER BY 1, 2, 3",

	/* ---- counts that Redis has not got yet ---- */
	[SQL_LATE_ADD] = "INSERT INTO counter_late(ns, key, message, time, delta, keep) VALUES(?1, ?2, ?3, ?4, ?5, ?6)"
	    " ON CONFLICT DO NOTHING",
	[SQL_LATE_ALL] = "INSERT INTO counter_late(ns, key, message, time, delta, keep)"
	    " SELECT c.ns, c.key, c.message, c.time, c.delta, s.keep FROM counter c JOIN counter_space s ON s.ns = c.ns WHERE true"
	    " ON CONFLICT DO NOTHING",
	[SQL_LATE] = "SELECT rowid, ns, key, message, time, delta, keep FROM counter_late ORDER BY rowid LIMIT 100",
	[SQL_LATE_DROP] = "DELETE FROM counter_late WHERE rowid = ?1",
};
