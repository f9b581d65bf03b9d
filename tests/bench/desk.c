/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A store of a million threads, and how long the desk's questions take in it: "make bench-desk". Builds the
 * database through store_apply as the daemon would, asks each question several times and prints the median.
 * Exit status 1: one took longer than its goal.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/log.h"
#include "desk/rate.h"
#include "store/store.h"

#define GOAL_MS 100.0
#define RUNS 7
#define BATCH 1000
#define SINGLE 5000
#define DAY 86400
#define YEAR (365 * DAY)
#define NOW ((int64_t)1795000000) /* November 2026 */
#define HOURS_48 (48 * 3600)

struct bench {
	struct store *store;
	json_t *batch[BATCH];
	size_t count;
	int64_t seq, threads;
	uint64_t random;
	bool slow;
};

/* ---- made-up mail ----------------------------------------------------------------- */

static uint64_t draw(struct bench *b, uint64_t below)
{
	b->random = b->random * 6364136223846793005u + 1442695040888963407u;
	return (b->random >> 33) % below;
}

static const char *const first_names[] = {"Maria", "John", "Anna", "Peter", "Lucia", "Wei", "Olga", "Jacques", "Sofia",
	"Ahmed", "Ingrid", "Carlos", "Emma", "Noah", "Mia", "Liam"};
static const char *const syllables[] = {"ber", "son", "mann", "ka", "lo", "ri", "ste", "fen", "mor", "gan", "tu", "vel",
	"hart", "wood", "ing", "dal"};
static const char *const topics[] = {"Where is my order", "Return request", "Product details inquiry", "Wrong item received",
	"Question about delivery", "Cancel my order please", "Missing parts", "Refund status", "Invoice needed",
	"Size and colour question"};
static const char *const things[] = {"lamp", "kettle", "tent", "chair", "toner", "phone case", "knife set", "blanket",
	"bike light", "garden hose", "desk", "printer"};

static void flush(struct bench *b)
{
	struct diag d = {0};

	if (store_apply(b->store, b->batch, b->count, &d) == -1) {
		fprintf(stderr, "%s\n", d.text);
		exit(2);
	}
	for (size_t i = 0; i < b->count; i++)
		json_decref(b->batch[i]);
	b->count = 0;
}

static json_t *event_of(struct bench *b, const char *type, int64_t time)
{
	json_t *event = json_object();
	char text[CLOCK_TEXT_SIZE], id[32];

	snprintf(id, sizeof(id), "BENCH%015" PRId64, ++b->seq);
	clock_format(text, sizeof(text), time);
	json_put_int(event, "seq", b->seq);
	json_put_str(event, "id", id);
	json_put_str(event, "event", type);
	json_put_str(event, "time", text);
	json_put_str(event, "hash", id);
	return event;
}

/* What lies in the future has not happened. */
static void put(struct bench *b, json_t *event, size_t batch)
{
	int64_t time;

	if (clock_parse(json_get_str(event, "time"), &time) == -1 || time > NOW) {
		b->seq--;
		json_decref(event);
		return;
	}
	b->batch[b->count++] = event;
	if (b->count >= batch)
		flush(b);
}

/* The same for the same thread. */
static json_t *message_of(struct bench *b, int64_t thread, bool inbound, int64_t time)
{
	static const char *const markets[] = {"walmart", "amazon", "ebay", "etsy"};
	const char *market = markets[thread % 4];
	json_t *event = event_of(b, "message", time), *threads = json_array();
	uint64_t mixed = (uint64_t)thread * 2654435761u;
	char text[256], digest[HASH_HEX_SIZE];

	json_put_str(event, "direction", inbound ? "in" : "out");
	json_put_str(event, "action", "pass");
	json_put_str(event, "marketplace", market);
	snprintf(text, sizeof(text), "shop%" PRId64 "@example.com", thread % 8);
	json_put_str(event, "shop", text);
	snprintf(text, sizeof(text), "%s:%016" PRIx64 "%08" PRIx64 "@relay.%s.example", market, mixed, (uint64_t)thread, market);
	json_array_append_new(threads, json_string(text));
	json_put_new(event, "threads", threads);
	snprintf(text, sizeof(text), "%s%s about the %s %" PRIu64, inbound ? "" : "Re: ", topics[mixed % 10],
	    things[mixed / 16 % 12], mixed % 100000);
	json_put_str(event, "subject", text);
	snprintf(text, sizeof(text), "%s %c%s%s%s", first_names[mixed / 256 % 16], 'A' + (int)(mixed / 4096 % 26),
	    syllables[mixed / 65536 % 16], syllables[mixed / 1048576 % 16], syllables[mixed / 16777216 % 16]);
	json_put_str(event, "from_name", inbound ? text : "Service");
	snprintf(text, sizeof(text), "%013" PRId64, 4000000000000 + thread);
	json_put_str(event, "order", text);
	snprintf(text, sizeof(text), "<%016" PRIx64 ".%" PRId64 "@mail.%s.example>", mixed, b->seq, inbound ? market : "shop");
	json_put_str(event, "message_id", text);
	hash_hex(digest, slice_str(text));
	json_put_str(event, "digest", digest);
	return event;
}

/* Every fifth order has a settlement, and was refunded two days later. */
static void put_milestones(json_t *event, int64_t time)
{
	json_t *list = json_array();

	for (int i = 0; i < 2; i++) {
		json_t *fact = json_object();
		char text[CLOCK_TEXT_SIZE];

		clock_format(text, sizeof(text), time + i * 2 * DAY);
		json_put_str(fact, "name", i == 0 ? "settlement" : "refund");
		json_put_str(fact, "subject", json_get_str(event, "order"));
		json_put_str(fact, "time", text);
		json_array_append_new(list, fact);
	}
	json_put_new(event, "milestones", list);
}

static void put_inquiry(struct bench *b, int64_t thread, int64_t time, size_t batch)
{
	json_t *event = message_of(b, thread, true, time), *sla = json_object(), *labels = json_array();
	char due[CLOCK_TEXT_SIZE];

	clock_format(due, sizeof(due), time + HOURS_48);
	json_put_str(sla, "change", "starts");
	json_put_str(sla, "due", due);
	json_put_new(event, "sla", sla);
	json_array_append_new(labels, json_string("Response-Needed"));
	if (thread % 100 == 7)
		json_array_append_new(labels, json_string("Customer-Care"));
	if (thread % 50 == 11)
		json_array_append_new(labels, json_string("Spam-Filtered"));
	json_put_new(event, "labels", labels);
	if (thread % 5 == 3)
		put_milestones(event, time);
	put(b, event, batch);
}

static void put_answer(struct bench *b, int64_t thread, int64_t time, const char *action, size_t batch)
{
	json_t *event = message_of(b, thread, false, time);
	char agent[32];

	snprintf(agent, sizeof(agent), "agent%" PRIu64, draw(b, 25));
	json_put_str(event, "agent", agent);
	json_put_bool(event, "answers", true);
	json_put_str(event, "action", action);
	put(b, event, batch);
}

static void put_command(struct bench *b, int64_t thread, const char *verb, int64_t time)
{
	json_t *message = message_of(b, thread, true, time), *event;

	b->seq--;
	event = event_of(b, "desk", time);
	json_put_str(event, "verb", verb);
	json_put_str(event, "by", "root");
	json_object_set(event, "threads", json_object_get(message, "threads"));
	json_decref(message);
	put(b, event, BATCH);
}

/*
 * One conversation: an inquiry, mostly an answer, sometimes more of both. Of a hundred threads one is spam, one done,
 * one waits for a held reply, six are open or were never answered.
 */
static void put_thread(struct bench *b, int64_t thread)
{
	int64_t time = NOW - YEAR + (int64_t)((double)YEAR * (double)thread / (double)b->threads);
	uint64_t kind = draw(b, 100);

	if (kind == 9) { /* the seller wrote first */
		put_answer(b, thread, time, "pass", BATCH);
		return;
	}
	put_inquiry(b, thread, time, BATCH);
	if (kind == 0)
		put_command(b, thread, "spam", time + 600);
	else if (kind == 1)
		put_command(b, thread, "done", time + 600);
	else if (kind == 2)
		put_answer(b, thread, time + 600, "hold", BATCH);
	else if (kind > 8)
		put_answer(b, thread, time + (int64_t)draw(b, 50 * 3600), "pass", BATCH);
	if (kind > 60) {
		put_inquiry(b, thread, time + 3 * DAY, BATCH);
		put_answer(b, thread, time + 3 * DAY + (int64_t)draw(b, 50 * 3600), "pass", BATCH);
	}
}

/* ---- time ------------------------------------------------------------------------------ */

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec * 1000.0 + (double)t.tv_nsec / 1e6;
}

static void build(struct bench *b, const char *path)
{
	double began = now_ms(), seconds;
	struct stat st = {0};

	for (int64_t i = 0; i < b->threads; i++)
		put_thread(b, i);
	if (b->count > 0)
		flush(b);
	seconds = (now_ms() - began) / 1000.0;
	stat(path, &st);
	printf("%" PRId64 " threads, %" PRId64 " events in %.0f s: %.0f a second in groups of %d; %.0f MB\n", b->threads, b->seq,
	    seconds, (double)b->seq / seconds, BATCH, (double)st.st_size / 1e6);
}

/* As the daemon does it when mail is slow: one event, one transaction. */
static void apply_single(struct bench *b)
{
	int64_t first = b->seq;
	double began = now_ms(), seconds;

	while (b->seq - first < SINGLE) {
		int64_t thread = (int64_t)draw(b, (uint64_t)b->threads);

		put_inquiry(b, thread, NOW - 2 * DAY + b->seq - first, 1);
		put_answer(b, thread, NOW - 2 * DAY + b->seq - first, "pass", 1);
	}
	seconds = (now_ms() - began) / 1000.0;
	printf("one event a transaction: %.0f a second\n\n", (double)SINGLE / seconds);
}

/* ---- questions --------------------------------------------------------------------------- */

static int compare_times(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int see_thread(void *arg, const struct store_thread *thread)
{
	(void)thread;
	++*(size_t *)arg;
	return 0;
}

static int see_rate(void *arg, const char *group, const struct desk_rate *rate)
{
	(void)group;
	(void)rate;
	++*(size_t *)arg;
	return 0;
}

static int see_due(void *arg, const struct store_due *due)
{
	(void)due;
	return ++*(size_t *)arg >= 1000;
}

static int see_alarm(void *arg, const struct store_alarm *alarm)
{
	(void)alarm;
	++*(size_t *)arg;
	return 0;
}

static int see_subject(void *arg, const char *subject)
{
	(void)subject;
	++*(size_t *)arg;
	return 0;
}

struct question {
	const char *name;
	struct store_filter filter;
	bool rate, due, counts, alarms, starts;
	struct store_rate_filter window;
};

static int ask(struct bench *b, const struct question *q, size_t *rows_r, struct diag *d)
{
	*rows_r = 0;
	if (q->rate)
		return store_rate(b->store, &q->window, see_rate, rows_r, d);
	if (q->counts) {
		struct store_counts counts;

		*rows_r = 1;
		return store_counts(b->store, q->filter.shop, q->filter.marketplace, NOW, &counts, d);
	}
	if (q->alarms)
		return store_alarms(b->store, STORE_ALARM_SPAM_FILTERED, NOW - 7 * DAY, 0, see_alarm, rows_r, d);
	if (q->starts)
		return store_subjects(b->store, &(struct store_start){.name = "settlement", .since = NOW - 47 * DAY,
		    .until = NOW - 37 * DAY, .ends_since = NOW - 3 * DAY, .ends_until = NOW + 8 * DAY}, see_subject, rows_r, d);
	if (q->due)
		return store_due(b->store, NOW + HOURS_48, see_due, rows_r, d);
	return store_threads(b->store, &q->filter, see_thread, rows_r, d);
}

static void measure(struct bench *b, const struct question *q)
{
	struct diag d = {0};
	double times[RUNS];
	size_t rows;

	for (int i = 0; i < RUNS; i++) {
		double began = now_ms();

		if (ask(b, q, &rows, &d) == -1) {
			fprintf(stderr, "%s: %s\n", q->name, d.text);
			exit(2);
		}
		times[i] = now_ms() - began;
	}
	qsort(times, RUNS, sizeof(*times), compare_times);
	printf("%-34s %9.2f %9.2f %9.2f %7zu%s\n", q->name, times[0], times[RUNS / 2], times[RUNS - 1], rows,
	    times[RUNS / 2] > GOAL_MS ? "  TOO SLOW" : "");
	b->slow = b->slow || times[RUNS / 2] > GOAL_MS;
}

#define INBOX(what, ...) {.name = what, .filter = {.now = NOW, __VA_ARGS__}}
#define RATE(what, ...) {.name = what, .rate = true, \
    .window = {.since = NOW - 90 * DAY, .until = NOW, __VA_ARGS__}}

static const struct question questions[] = {
	INBOX("inbox all", .state = STORE_ANY),
	INBOX("inbox all, page 50", .state = STORE_ANY, .offset = 10000),
	INBOX("inbox unanswered", .state = STORE_UNANSWERED),
	INBOX("inbox overdue", .state = STORE_OVERDUE),
	INBOX("inbox failed", .state = STORE_FAILED),
	INBOX("inbox spam", .state = STORE_SPAM),
	INBOX("inbox response-needed", .state = STORE_RESPONSE_NEEDED),
	INBOX("inbox customer-care", .state = STORE_CUSTOMER_CARE),
	INBOX("inbox adjustment", .state = STORE_ADJUSTMENT),
	INBOX("inbox of a shop, overdue", .state = STORE_OVERDUE, .shop = "shop3@example.com"),
	{.name = "inbox overdue, an hour ago", .filter = {.state = STORE_OVERDUE, .now = NOW - 3600}},
	INBOX("order", .order = "4000000123456"),
	INBOX("order that nobody has", .order = "4999999999999"),
	INBOX("subject: words of many", .subject = "return request"),
	INBOX("subject: of some", .subject = "kettle 777"),
	INBOX("subject: of few", .subject = "lamp 48593"),
	INBOX("subject: of none", .subject = "zeppelin"),
	INBOX("subject: of none, frequent parts", .subject = "order details request"),
	INBOX("subject: two letters", .subject = "la"),
	INBOX("customer: many", .customer = "maria"),
	INBOX("customer: some", .customer = "Olga Tberson"),
	INBOX("customer: none", .customer = "Maximilian"),
	INBOX("customer and subject", .customer = "maria", .subject = "kettle 12"),
	RATE("rate of 90 days", .group_by = STORE_GROUP_NONE),
	RATE("rate of 90 days by agent", .group_by = STORE_GROUP_AGENT),
	RATE("rate of 90 days by day", .group_by = STORE_GROUP_DAY),
	RATE("rate of 90 days by shop", .group_by = STORE_GROUP_SHOP),
	RATE("rate of 90 days of an agent", .group_by = STORE_GROUP_NONE, .agent = "agent7"),
	{.name = "due next (the first 1,000)", .due = true},
	{.name = "told at once, of 7 days", .alarms = true},
	{.name = "windows that close in 7 days", .starts = true},
	{.name = "counts", .counts = true},
	{.name = "counts of a shop", .counts = true, .filter = {.shop = "shop3@example.com"}},
	{.name = "counts of a marketplace", .counts = true, .filter = {.marketplace = "walmart"}},
};

int main(int argc, char **argv)
{
	struct bench b = {.threads = argc > 2 ? atoll(argv[2]) : 1000000, .random = 1};
	struct diag d = {0};
	char path[4096];
	int64_t seq;
	char hash[HASH_HEX_SIZE];

	if (argc < 2 || b.threads < 1000 || hash_init() == -1) {
		fprintf(stderr, "usage: desk DIRECTORY [THREADS]\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	snprintf(path, sizeof(path), "%s/desk-bench.db", argv[1]);
	b.store = store_open(&(struct store_config){.type = "sqlite", .path = path}, &d);
	if (b.store == NULL || store_applied(b.store, &seq, hash, &d) == -1) {
		fprintf(stderr, "%s\n", d.text);
		return 2;
	}
	b.seq = seq;
	if (seq == 0)
		build(&b, path);
	apply_single(&b);
	printf("%-34s %9s %9s %9s %7s\n", "milliseconds", "fastest", "median", "slowest", "rows");
	for (size_t i = 0; i < sizeof(questions) / sizeof(*questions); i++)
		measure(&b, &questions[i]);
	store_close(&b.store);
	printf("goal: median at most %.0f ms: %s\n", GOAL_MS, b.slow ? "MISSED" : "met");
	return b.slow;
}
