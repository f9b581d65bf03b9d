/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The client of milter/redis, driven by lines from standard input, one JSON object out for each. Words are
 * separated by spaces; "@N" is a word of N bytes, %0A in one a line feed.
 *
 *   cmd KEY MS WORD...        a command on KEY's node within MS ("-": any node)
 *   script KEY MS NAME WORD...  a script of the table below
 *   hold MS                   a thread keeps a connection for MS; answers at once
 *   load THREADS SECONDS SHOPS  each thread records ids of its own, each once, again until it succeeded
 *   resend                    records all of these ids once more
 *   status
 */
#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "redis/redis.h"

#define WORDS_MAX 64
#define THREADS_MAX 64
/* Between two calls of a thread: the machine has other tests to run. */
#define PACE_US 2000

static const struct redis_script scripts[] = {
	{"record", "if redis.call('SADD', KEYS[1], ARGV[1]) == 1 then redis.call('INCR', KEYS[2]) end\n"
	           "return redis.call('GET', KEYS[2])"},
	{"set", "return redis.call('SET', KEYS[1], ARGV[1])"},
	{"wrong", "return redis.call('LPUSH', KEYS[1])"},
	{"broken", "this is no Lua"},
	{"long", "while true do end"},
};

struct worker {
	struct redis *redis;
	pthread_t thread;
	int number, shops;
	int64_t until_ms;
	long done;
	int64_t longest_ms;
	long faults[REDIS_FAULTS];
};

struct load {
	struct worker workers[THREADS_MAX];
	int count;
};

/* Of all threads: when the last call succeeded, and the longest time without one. */
static _Atomic int64_t last_ms, gap_ms;

static void fail(const char *text)
{
	fprintf(stderr, "client: %s\n", text);
	exit(2);
}

static json_t *reply_json(const struct redis_reply *reply)
{
	json_t *array;

	switch (reply->type) {
	case REDIS_NIL:
		return json_null();
	case REDIS_INTEGER:
		return json_integer(reply->integer);
	case REDIS_ARRAY:
		array = json_array();
		for (size_t i = 0; i < reply->count; i++)
			json_array_append_new(array, reply_json(reply->items[i]));
		return array;
	default:
		if (reply->text.len > 1000)
			return json_sprintf("%zu bytes", reply->text.len);
		return json_stringn_nocheck(reply->text.ptr, reply->text.len);
	}
}

static void print(json_t *object)
{
	char *text = json_dumps(object, JSON_COMPACT);

	if (text == NULL)
		fail("no JSON");
	puts(text);
	fflush(stdout);
	free(text);
	json_decref(object);
}

static void print_outcome(enum redis_fault fault, int64_t began, struct redis_reply *reply, const struct diag *d)
{
	json_t *object = json_pack("{s:s, s:I, s:s, s:b}", "fault", redis_fault_name(fault), "ms",
	    (json_int_t)(clock_monotonic_ms() - began), "reason", d->text, "passes", redis_fault_passes(fault));

	if (reply != NULL)
		json_object_set_new(object, "reply", reply_json(reply));
	redis_reply_free(&reply);
	print(object);
}

/* ---- load ---------------------------------------------------------------------------- */

static enum redis_fault record(struct worker *worker, long number)
{
	char ids[40], count[40], id[40];
	struct slice keys[2], arg;
	const struct redis_script_call call = {keys, 2, &arg, 1};
	int64_t began = clock_monotonic_ms(), took;
	struct redis_reply *reply;
	struct diag d = {.text = ""};
	enum redis_fault fault;

	snprintf(ids, sizeof(ids), "{shop%ld}:ids", number % worker->shops);
	snprintf(count, sizeof(count), "{shop%ld}:count", number % worker->shops);
	snprintf(id, sizeof(id), "%d-%ld", worker->number, number);
	keys[0] = slice_str(ids);
	keys[1] = slice_str(count);
	arg = slice_str(id);
	fault = redis_script(worker->redis, &scripts[0], &call, 0, &reply, &d);
	redis_reply_free(&reply);
	took = clock_monotonic_ms() - began;
	if (took > worker->longest_ms)
		worker->longest_ms = took;
	if (worker->faults[fault]++ == 0 && fault != REDIS_FINE)
		fprintf(stderr, "client: %s\n", d.text);
	return fault;
}

static void note_success(void)
{
	int64_t now = clock_monotonic_ms(), gap = now - atomic_exchange(&last_ms, now), longest = atomic_load(&gap_ms);

	while (gap > longest && !atomic_compare_exchange_weak(&gap_ms, &longest, gap))
		continue;
}

static void *worker_main(void *argument)
{
	struct worker *worker = argument;

	while (clock_monotonic_ms() < worker->until_ms) {
		if (record(worker, worker->done) == REDIS_FINE) {
			worker->done++;
			note_success();
			usleep(PACE_US);
		} else {
			usleep(20000);
		}
	}
	return NULL;
}

static void load_print(const struct load *load)
{
	json_t *faults = json_object();
	int64_t longest_ms = 0;
	long done = 0, sum;

	for (int fault = 1; fault < REDIS_FAULTS; fault++) {
		sum = 0;
		for (int i = 0; i < load->count; i++)
			sum += load->workers[i].faults[fault];
		if (sum > 0)
			json_object_set_new(faults, redis_fault_name((enum redis_fault)fault), json_integer(sum));
	}
	for (int i = 0; i < load->count; i++) {
		done += load->workers[i].done;
		if (load->workers[i].longest_ms > longest_ms)
			longest_ms = load->workers[i].longest_ms;
	}
	print(json_pack("{s:I, s:o, s:I, s:I}", "done", (json_int_t)done, "faults", faults, "longest_ms",
	    (json_int_t)longest_ms, "gap_ms", (json_int_t)atomic_load(&gap_ms)));
}

static void load_run(struct redis *redis, struct load *load, char **words)
{
	int count = atoi(words[1]), seconds = atoi(words[2]), shops = atoi(words[3]);

	if (count < 1 || count > THREADS_MAX || shops < 1)
		fail("load: wrong numbers");
	*load = (struct load){.count = count};
	atomic_store(&last_ms, clock_monotonic_ms());
	atomic_store(&gap_ms, 0);
	for (int i = 0; i < count; i++) {
		load->workers[i] = (struct worker){.redis = redis, .number = i, .shops = shops,
		    .until_ms = clock_monotonic_ms() + seconds * 1000};
		if (pthread_create(&load->workers[i].thread, NULL, worker_main, &load->workers[i]) != 0)
			fail("no thread");
	}
	for (int i = 0; i < count; i++)
		pthread_join(load->workers[i].thread, NULL);
	load_print(load);
}

static void load_resend(struct load *load)
{
	long failed = 0;

	for (int i = 0; i < load->count; i++)
		for (long number = 0; number < load->workers[i].done; number++)
			failed += record(&load->workers[i], number) != REDIS_FINE;
	print(json_pack("{s:I}", "failed", (json_int_t)failed));
}

/* ---- lines --------------------------------------------------------------------------- */

/* "%0D%0A" into bytes, in place; the new length. */
static size_t unescape(char *word)
{
	char *to = word, digits[3] = "";

	for (const char *from = word; *from != '\0'; from++) {
		if (*from == '%' && from[1] != '\0' && from[2] != '\0') {
			memcpy(digits, from + 1, 2);
			*to++ = (char)strtoul(digits, NULL, 16);
			from += 2;
		} else {
			*to++ = *from;
		}
	}
	return (size_t)(to - word);
}

static void command_run(struct redis *redis, char **words, size_t count)
{
	struct slice argv[WORDS_MAX], key = strcmp(words[1], "-") == 0 ? SLICE_NONE : slice_str(words[1]);
	char *big[WORDS_MAX] = {NULL};
	int64_t began = clock_monotonic_ms();
	struct redis_reply *reply;
	struct diag d = {.text = ""};
	enum redis_fault fault;

	for (size_t i = 3; i < count; i++) {
		argv[i - 3] = (struct slice){words[i], unescape(words[i])};
		if (words[i][0] != '@')
			continue;
		argv[i - 3].len = strtoul(words[i] + 1, NULL, 10);
		big[i] = malloc(argv[i - 3].len + 1);
		if (big[i] == NULL)
			fail("no memory");
		memset(big[i], 'x', argv[i - 3].len);
		argv[i - 3].ptr = big[i];
	}
	fault = redis_command(redis, key, argv, count - 3, began + atoi(words[2]), &reply, &d);
	for (size_t i = 0; i < count; i++)
		free(big[i]);
	print_outcome(fault, began, reply, &d);
}

static void script_run(struct redis *redis, char **words, size_t count)
{
	struct slice key = slice_str(words[1]), args[WORDS_MAX];
	const struct redis_script_call call = {&key, 1, args, count - 4};
	int64_t began = clock_monotonic_ms();
	struct redis_reply *reply;
	struct diag d = {.text = ""};

	for (size_t i = 4; i < count; i++)
		args[i - 4] = slice_str(words[i]);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (strcmp(scripts[i].name, words[3]) == 0) {
			enum redis_fault fault = redis_script(redis, &scripts[i], &call, began + atoi(words[2]), &reply, &d);

			print_outcome(fault, began, reply, &d);
			return;
		}
	fail("no such script");
}

/* ---- a connection in use -------------------------------------------------------------- */

struct hold {
	struct redis *redis;
	pthread_t thread;
	bool running;
	int ms;
};

static void *hold_main(void *argument)
{
	const struct hold *hold = argument;
	const struct slice argv[] = {SLICE_LIT("BLPOP"), SLICE_LIT("nothing"), SLICE_LIT("0")};
	struct redis_reply *reply;
	struct diag d = {.text = ""};

	redis_command(hold->redis, argv[1], argv, 3, clock_monotonic_ms() + hold->ms, &reply, &d);
	redis_reply_free(&reply);
	return NULL;
}

static void hold_run(struct redis *redis, struct hold *hold, char **words)
{
	struct redis_status status;

	*hold = (struct hold){.redis = redis, .ms = atoi(words[1])};
	if (pthread_create(&hold->thread, NULL, hold_main, hold) != 0)
		fail("no thread");
	hold->running = true;
	do {
		usleep(1000);
		redis_status(redis, &status);
	} while (status.busy == 0);
	print(json_object());
}

static void status_run(struct redis *redis)
{
	struct redis_status s;

	redis_status(redis, &s);
	print(json_pack("{s:b, s:I, s:s, s:s, s:i, s:i, s:i, s:I, s:I, s:I, s:I}", "down", s.down && redis_down(redis), "down_ms",
	    (json_int_t)s.down_ms, "reason", s.reason, "primary", s.primary, "servers", (int)s.servers, "connections",
	    (int)s.connections, "busy", (int)s.busy, "calls", (json_int_t)s.calls, "connects", (json_int_t)s.connects,
	    "redirects", (json_int_t)s.redirects, "switches", (json_int_t)s.switches));
}

static void line_run(struct redis *redis, struct load *load, struct hold *hold, char *line)
{
	char *words[WORDS_MAX], *word;
	size_t count = 0;

	while (count < WORDS_MAX && (word = strsep(&line, " \n")) != NULL)
		if (word[0] != '\0')
			words[count++] = word;
	if (count >= 4 && strcmp(words[0], "cmd") == 0)
		command_run(redis, words, count);
	else if (count >= 4 && strcmp(words[0], "script") == 0)
		script_run(redis, words, count);
	else if (count == 4 && strcmp(words[0], "load") == 0)
		load_run(redis, load, words);
	else if (count == 2 && strcmp(words[0], "hold") == 0)
		hold_run(redis, hold, words);
	else if (count == 1 && strcmp(words[0], "resend") == 0)
		load_resend(load);
	else if (count == 1 && strcmp(words[0], "status") == 0)
		status_run(redis);
	else
		fail("this line is none of those that are known");
}

/* MODE SERVER,SERVER... [NAME=VALUE...] */
static void read_arguments(int argc, char **argv, struct redis_config *config)
{
	static const char *const modes[] = {"single", "sentinel", "cluster"};
	static char *servers[16];
	size_t count = 0;
	char *list = argc > 2 ? argv[2] : NULL, *value;

	if (list == NULL)
		fail("usage: client MODE SERVERS [NAME=VALUE...]");
	while (config->mode < REDIS_CLUSTER && strcmp(modes[config->mode], argv[1]) != 0)
		config->mode++;
	while (count < 15 && list != NULL)
		servers[count++] = strsep(&list, ",");
	config->servers = servers;
	for (int i = 3; i < argc; i++) {
		value = strchr(argv[i], '=');
		if (value == NULL)
			fail("NAME=VALUE expected");
		*value++ = '\0';
		if (strcmp(argv[i], "name") == 0)
			config->sentinel_name = value;
		else if (strcmp(argv[i], "user") == 0)
			config->user = value;
		else if (strcmp(argv[i], "password_file") == 0)
			config->password_file = value;
		else if (strcmp(argv[i], "sentinel_password_file") == 0)
			config->sentinel_password_file = value;
		else if (strcmp(argv[i], "timeout") == 0)
			config->timeout_ms = atoi(value);
		else if (strcmp(argv[i], "connect_timeout") == 0)
			config->connect_timeout_ms = atoi(value);
		else if (strcmp(argv[i], "pool") == 0)
			config->pool = (size_t)atoi(value);
		else
			fail("unknown NAME");
	}
}

int main(int argc, char **argv)
{
	struct redis_config config = {.connect_timeout_ms = 500, .timeout_ms = 1000, .pool = 8};
	static struct load load;
	struct hold hold = {.running = false};
	struct diag d = {.text = ""};
	struct redis *redis;
	char *line = NULL;
	size_t size = 0;

	read_arguments(argc, argv, &config);
	redis = redis_open(&config, &d);
	if (redis == NULL)
		fail(d.text);
	while (getline(&line, &size, stdin) > 0)
		line_run(redis, &load, &hold, line);
	if (hold.running)
		pthread_join(hold.thread, NULL);
	free(line);
	redis_close(&redis);
	return 0;
}
