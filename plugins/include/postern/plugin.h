/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The interface between Postern and its rule plugins.
 *
 * A plugin is a shared object that exports one constant,
 *
 *     const struct postern_plugin postern_plugin = { POSTERN_PLUGIN_PREFIX("name"), ... };
 *
 * and links to nothing of Postern's: all it needs comes through the table of
 * functions, struct postern_host, that each call brings along. A plugin finds
 * (host->finding); what follows from a finding is the administrator's policy.
 *
 * Compatibility. The first five members of struct postern_plugin never change.
 * A new member at the end of either table raises the minor number; anything
 * else raises the major one. Structs marked "frozen" never change at all.
 *
 * Ownership. All text is a slice: bytes that the host owns and that stay valid
 * until the call returns (check) or the instance is closed (options). Text is
 * UTF-8 unless a comment says otherwise, not NUL-terminated, and from
 * strangers: it may hold anything.
 */
#ifndef POSTERN_PLUGIN_H
#define POSTERN_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POSTERN_MAGIC 0x504F5354U /* "POST" */
#define POSTERN_ABI_MAJOR 1
#define POSTERN_ABI_MINOR 5

/* Frozen. */
struct postern_slice {
	const char *ptr;
	size_t len;
};

/* Directions of mail, as bits. */
#define POSTERN_INBOUND 1U  /* from a marketplace to us */
#define POSTERN_OUTBOUND 2U /* from us to a marketplace */
#define POSTERN_OUTSIDE 4U  /* ABI 1.1: from us to people at no marketplace; only a plugin that asks sees it */

/*
 * What a plugin needs of a message, as bits. Work that no loaded rule needs is
 * not done; a host function whose need was not declared answers POSTERN_BUG
 * (or 0 where it counts) and the message gets a temporary error.
 */
#define POSTERN_NEED_HEADERS 1U
#define POSTERN_NEED_TEXT 2U        /* segments of the decoded text */
#define POSTERN_NEED_URLS 4U
#define POSTERN_NEED_ATTACHMENTS 8U
#define POSTERN_NEED_ADDRESSES 16U  /* e-mail addresses in the text */
#define POSTERN_NEED_IDS 32U        /* order, item, tracking ... numbers */
#define POSTERN_NEED_STORE 64U
#define POSTERN_NEED_IMAGES 128U /* ABI 1.1: images that HTML shows */
#define POSTERN_NEED_CODES 256U  /* ABI 1.1: bar codes in image files, as facts */

enum postern_status {
	POSTERN_OK = 0,       /* judged; findings, if any, were reported */
	POSTERN_TEMPFAIL = 1, /* could not judge now: the sender is asked to retry */
	POSTERN_BUG = 2       /* can't happen: reported to the administrator as such */
};

enum postern_log_level { POSTERN_LOG_ERROR, POSTERN_LOG_WARNING, POSTERN_LOG_INFO, POSTERN_LOG_DEBUG };

/* ---- what a plugin says of itself ------------------------------------- */

enum postern_option_type {
	POSTERN_OPTION_STRING, /* default: the text */
	POSTERN_OPTION_INT,    /* default: decimal; range [min, max] */
	POSTERN_OPTION_BOOL,   /* default: "yes" or "no" */
	POSTERN_OPTION_NUMBER, /* a fraction, decimal point; range [min, max] */
	POSTERN_OPTION_LIST,   /* default: items separated by commas */
	/*
	 * Name of a file of rule data below the rules directories; a site's file
	 * goes before the shipped one of the same name. The host reads it.
	 */
	POSTERN_OPTION_FILE
};

/* Frozen. One option of a rule that uses this plugin. */
struct postern_option {
	const char *name; /* [a-z][a-z0-9_]*; NULL ends the table */
	enum postern_option_type type;
	const char *default_value; /* NULL: the administrator must set it */
	double min, max;           /* INT and NUMBER; both 0: no range */
	const char *help;          /* one sentence, shown by "postern plugin show" */
};

/* Frozen. One kind of finding that the plugin may report. */
struct postern_rule_id {
	const char *id; /* "MP-LINK": shown to senders, stable; NULL ends the table */
	const char *help;
};

struct postern_host;
struct postern_conf;    /* the options of one rule */
struct postern_ctx;     /* one call of check: a message as one plugin may see it */
struct postern_patterns;
struct postern_model; /* ABI 1.4 */

struct postern_plugin {
	/* Never changes, whatever the version. */
	uint32_t magic;
	uint32_t size; /* sizeof(struct postern_plugin) when it was compiled */
	uint16_t abi_major;
	uint16_t abi_minor;
	const char *name; /* [a-z][a-z0-9_-]*, as in the rule's "plugin" key */

	/* ABI 1.0 */
	const char *version;
	const char *summary; /* one sentence */
	uint32_t directions;
	uint32_t needs;
	const struct postern_rule_id *rules;
	const struct postern_option *options; /* NULL: none */

	/*
	 * Looks at a rule's options beyond what their types say. Reports each
	 * problem with host->conf_error. May be NULL.
	 */
	enum postern_status (*check_config)(const struct postern_host *host, const struct postern_conf *conf);
	/*
	 * Makes an instance for one rule; may be called many times, and again
	 * at each reload. On failure it has said why with host->conf_error.
	 * May be NULL: instance is NULL then.
	 */
	enum postern_status (*open)(const struct postern_host *host, const struct postern_conf *conf, void **instance_r);
	/*
	 * Judges one message. Called by several threads at once with the same
	 * instance, which must not be changed here.
	 */
	enum postern_status (*check)(const struct postern_host *host, const void *instance, struct postern_ctx *ctx);
	/* Frees what open made. May be NULL. */
	void (*close)(const struct postern_host *host, void *instance);

	/*
	 * ABI 1.5. Asked of mail to people at no marketplace (POSTERN_OUTSIDE) when its headers are there and its body is
	 * not: 0 when check would do nothing, whatever the body says. Mail that no rule wants is let through at once and
	 * not recorded; of what one rule wants, check is called for all. Here the host tells of envelope (message, whose
	 * size is that of the headers, and recipient) and headers, of profiles and addresses, and searches for patterns; what
	 * needs the body, or reports something, is a bug, after which the mail is read. So it is when a search was cut short by
	 * its limits. May be NULL: all is wanted.
	 */
	int (*wants)(const struct postern_host *host, const void *instance, struct postern_ctx *ctx);
};

#define POSTERN_PLUGIN_PREFIX(plugin_name) \
	.magic = POSTERN_MAGIC, .size = sizeof(struct postern_plugin), \
	.abi_major = POSTERN_ABI_MAJOR, .abi_minor = POSTERN_ABI_MINOR, .name = (plugin_name)

/* ---- what a plugin sees of a message ----------------------------------- */

/* Frozen. The message as a whole. */
struct postern_message {
	uint32_t direction;                /* POSTERN_INBOUND or POSTERN_OUTBOUND */
	int64_t received;                  /* seconds UTC */
	struct postern_slice sender;       /* envelope, without <>; empty: a bounce */
	struct postern_slice account;      /* authenticated user; {NULL,0}: none */
	struct postern_slice marketplace;  /* "walmart" */
	struct postern_slice kind;         /* inbound: the profile's kind of mail, "buyer" */
	size_t recipients;
	size_t size;                       /* bytes as received */
};

/* Frozen. */
struct postern_header {
	struct postern_slice name;
	struct postern_slice value; /* unfolded, encoded words decoded */
	struct postern_slice raw;   /* as received, any bytes */
};

/* Where something stands. */
enum postern_where {
	POSTERN_IN_MESSAGE,   /* the message as a whole */
	POSTERN_IN_ENVELOPE,
	POSTERN_IN_HEADER,    /* index: of the header */
	POSTERN_IN_TEXT,      /* index: of the segment */
	POSTERN_IN_URL,       /* index: of the URL */
	POSTERN_IN_ATTACHMENT /* index: of the attachment */
};

enum postern_segment_kind {
	POSTERN_SEGMENT_SUBJECT,
	POSTERN_SEGMENT_NEW,      /* what the author wrote now */
	POSTERN_SEGMENT_QUOTE,    /* what is repeated from an earlier message */
	POSTERN_SEGMENT_SIGNATURE,
	/* ABI 1.1 */
	POSTERN_SEGMENT_DISCLAIMER, /* a legal notice that stands below every mail */
	POSTERN_SEGMENT_NAME,       /* display names of From, Reply-To and To */
	POSTERN_SEGMENT_HIDDEN,     /* in the HTML, but made invisible */
	POSTERN_SEGMENT_FILE        /* text inside an attachment (PDF, Office, vCard ...) */
};

/*
 * Frozen. A run of text of one kind, as a reader sees it: disguises are undone
 * (look-alike letters, full-width forms, invisible characters), see original().
 */
struct postern_text {
	enum postern_segment_kind kind;
	struct postern_slice text;
	struct postern_slice media_type; /* of the part: "text/plain", "text/html" */
	size_t part;                     /* number of the MIME part; SIZE_MAX: a header */
};

enum postern_url_source {
	POSTERN_URL_TEXT,     /* with a scheme or www., in text */
	POSTERN_URL_BARE,     /* a bare domain name in text */
	POSTERN_URL_ATTRIBUTE, /* in an HTML attribute or style */
	POSTERN_URL_HEADER
};

/* Frozen. */
struct postern_url {
	struct postern_slice raw;    /* as written */
	struct postern_slice scheme; /* lower case; empty when none was written */
	struct postern_slice host;   /* lower case ASCII (IDNA); may be an address */
	struct postern_slice domain; /* registrable domain; empty when there is none */
	enum postern_url_source source;
	enum postern_segment_kind segment; /* of the text that it stands in */
	size_t part;
};

/* Frozen. An e-mail address in the text. */
struct postern_address {
	struct postern_slice address;
	enum postern_segment_kind segment;
};

/* Frozen. A number that the marketplace's profile knows. */
struct postern_id {
	struct postern_slice kind; /* "order", "po", "item", "tracking" ... */
	struct postern_slice value;
	enum postern_segment_kind segment;
};

/* Frozen. */
struct postern_attachment {
	struct postern_slice name;       /* decoded; empty: none given */
	struct postern_slice media_type; /* as declared, lower case */
	struct postern_slice content;    /* decoded bytes, as far as limits allow */
	size_t size;                     /* decoded bytes in all */
	size_t part;
};

/* ABI 1.1: how a piece of text was made to look other than it is. */
enum postern_disguise_kind {
	POSTERN_DISGUISE_INVISIBLE, /* zero-width characters, soft hyphens, tag characters */
	POSTERN_DISGUISE_BIDI,      /* characters that turn the direction of writing round */
	POSTERN_DISGUISE_LOOKALIKE, /* letters of another script that look like these */
	POSTERN_DISGUISE_FORM       /* full-width, circled, mathematical letters and digits */
};

/* Frozen. One run of one kind inside one word. */
struct postern_disguise {
	enum postern_disguise_kind kind;
	size_t text;       /* index of the segment */
	size_t start, end; /* of the word in text().text */
	size_t count;      /* characters of that kind in it */
};

/* Frozen. An image that HTML shows. */
struct postern_image {
	struct postern_slice source; /* "https://...", "cid:...", "data:...", as written */
	struct postern_slice host;   /* of a remote image; else empty */
	struct postern_slice alt;
	int width, height;           /* as declared, pixels; -1: not declared */
	int hidden;                  /* made invisible by style */
	enum postern_segment_kind segment; /* NEW or QUOTE */
	size_t part;
};

/*
 * Frozen. Something that is known of an attachment besides its text: "type" (what it is by its bytes: "pdf",
 * "docx", "png", "exe" ...), "member" (of an archive or document: type, blank, name), "code" (the text of a QR
 * code; NEED_CODES), "fact" ("encrypted", "damaged", "macros", "javascript", "launch", "legacy": an old format
 * that can't be read, "no-text", "image-unread"), "limit" and "unread" (why not all of it was read).
 */
struct postern_fact {
	struct postern_slice name;
	struct postern_slice value;
	size_t part; /* as in struct postern_attachment */
};

/* ABI 1.1: what is known of the quoted text. */
enum postern_quotes {
	POSTERN_QUOTES_NONE,      /* nothing is quoted */
	POSTERN_QUOTES_VERIFIED,  /* compared; what did not fit is a segment of kind NEW */
	POSTERN_QUOTES_UNVERIFIED /* nothing of the thread is stored: taken at its word */
};

/* Frozen. The latest message of the customer that this one answers. */
struct postern_inbound {
	int known;                   /* 0: nothing is stored; all else is empty */
	int64_t received;            /* seconds UTC */
	struct postern_slice labels; /* "Response-Needed,Complaint" */
	struct postern_slice order;  /* number, or empty */
	int asks;                    /* it has a question */
	int gave_phone;              /* it asks for a call or names a telephone number */
};

/* Frozen. A marketplace with a profile. */
struct postern_market {
	struct postern_slice name;  /* "walmart" */
	struct postern_slice title; /* "Walmart" */
};

/* Frozen, ABI 1.2. The support of the marketplace that a message goes to, or comes from. */
struct postern_support {
	struct postern_slice name;     /* "partner-support"; empty: there is none, the message is a customer's */
	struct postern_slice channel;  /* who answers there: "specialist", "warehouse" */
	struct postern_slice language; /* in which it is best written to; empty: any */
};

/* ABI 1.2: whether what a window is for may be done. */
enum postern_window_state {
	POSTERN_WINDOW_UNKNOWN, /* nothing is known that begins it */
	POSTERN_WINDOW_WAITING, /* too early */
	POSTERN_WINDOW_OPEN,
	POSTERN_WINDOW_CLOSED,  /* too late */
	POSTERN_WINDOW_USED     /* it was done in time */
};

/* Frozen, ABI 1.2. */
struct postern_window {
	enum postern_window_state state;
	int64_t opens, closes; /* the first and the last second in which it may be done, UTC */
	struct postern_slice first_day, last_day; /* theirs in the window's zone, "2026-01-11" */
	struct postern_slice title;               /* what people read */
};

/* Frozen. */
struct postern_finding {
	const char *rule_id;           /* one of the plugin's rules */
	enum postern_where where;
	size_t index;
	struct postern_slice evidence; /* the excerpt to show; the host cuts and masks it */
	const char *advice;            /* what to do instead; NULL: the rule's own */
	int score;                     /* the plugin's confidence, 0 to 100 */
};

/* Facts that a plugin may state of a message besides findings. */
enum postern_mark {
	POSTERN_MARK_AUTO_REPLY /* sent by a machine: whether it answers is the profile's to say */
};

/* ---- what the host offers ---------------------------------------------- */

/* One match in a set of patterns: its number in the set and its place. Return 0 to go on. */
typedef int (*postern_match_fn)(void *arg, size_t pattern, size_t start, size_t end);
/* The set's expression of that number (from 0) may match in that piece (from 0) of a text. */
typedef void (*postern_may_fn)(void *arg, size_t pattern, size_t piece);

struct postern_host {
	uint32_t size;
	uint16_t abi_major;
	uint16_t abi_minor;

	/* Any time. The host adds the plugin's name and sanitises. */
	void (*log)(enum postern_log_level level, const char *text);
	int64_t (*now)(void);

	/* In check_config and open. Names not declared in options[] answer as unset and are reported. */
	struct postern_slice (*conf_string)(const struct postern_conf *conf, const char *name);
	int64_t (*conf_int)(const struct postern_conf *conf, const char *name);
	int (*conf_bool)(const struct postern_conf *conf, const char *name);
	double (*conf_number)(const struct postern_conf *conf, const char *name);
	size_t (*conf_list_count)(const struct postern_conf *conf, const char *name);
	struct postern_slice (*conf_list_item)(const struct postern_conf *conf, const char *name, size_t index);
	/* Content of the file that a FILE option names (empty when the option is ""). */
	struct postern_slice (*conf_file)(const struct postern_conf *conf, const char *name);
	/* Reports a problem with an option; line > 0: in the option's file. The host adds the place. */
	void (*conf_error)(const struct postern_conf *conf, const char *option, int line, const char *text);

	/*
	 * In open: a set of regular expressions (PCRE2 syntax, case-insensitive,
	 * UTF-8) that one scan searches for. NULL: reported already. The set
	 * belongs to the plugin until patterns_free.
	 */
	struct postern_patterns *(*patterns_compile)(const struct postern_conf *conf, const char *option,
	    const char *const *expressions, size_t count);
	void (*patterns_free)(struct postern_patterns *patterns);
	/*
	 * POSTERN_OK, or POSTERN_TEMPFAIL when a limit was passed. Matches come in no set order. Of one expression the
	 * first 10,000 in a text are given; when there are more the host sees to it that the verdict is none that
	 * the others could have made stricter, so a plugin need not care.
	 */
	enum postern_status (*patterns_match)(struct postern_ctx *ctx, const struct postern_patterns *patterns,
	    struct postern_slice text, postern_match_fn fn, void *arg);

	/* In check. Memory that lives as long as the message; NULL when the budget is used up. */
	void *(*alloc)(struct postern_ctx *ctx, size_t size);
	void (*message)(struct postern_ctx *ctx, struct postern_message *out);
	enum postern_status (*recipient)(struct postern_ctx *ctx, size_t index, struct postern_slice *out);

	size_t (*header_count)(struct postern_ctx *ctx);
	enum postern_status (*header)(struct postern_ctx *ctx, size_t index, struct postern_header *out);
	/* The nth header of that name; 1: found, 0: not. */
	int (*header_find)(struct postern_ctx *ctx, const char *name, size_t nth, struct postern_header *out);
	size_t (*text_count)(struct postern_ctx *ctx);
	enum postern_status (*text)(struct postern_ctx *ctx, size_t index, struct postern_text *out);
	size_t (*url_count)(struct postern_ctx *ctx);
	enum postern_status (*url)(struct postern_ctx *ctx, size_t index, struct postern_url *out);
	size_t (*address_count)(struct postern_ctx *ctx);
	enum postern_status (*address)(struct postern_ctx *ctx, size_t index, struct postern_address *out);
	size_t (*id_count)(struct postern_ctx *ctx);
	enum postern_status (*id)(struct postern_ctx *ctx, size_t index, struct postern_id *out);
	size_t (*attachment_count)(struct postern_ctx *ctx);
	enum postern_status (*attachment)(struct postern_ctx *ctx, size_t index, struct postern_attachment *out);

	/*
	 * A value of the marketplace's profile as it stood when the message
	 * arrived ("language", "allow_domains" ...), joined by commas for lists;
	 * {NULL,0} when the profile has none.
	 */
	struct postern_slice (*profile)(struct postern_ctx *ctx, const char *name);

	/* Reports a finding; evidence is copied. */
	enum postern_status (*finding)(struct postern_ctx *ctx, const struct postern_finding *finding);
	/* A label for the message: letters, digits and '-'. Becomes X-Postern-Label, whatever the action. */
	enum postern_status (*label)(struct postern_ctx *ctx, const char *label);
	enum postern_status (*mark)(struct postern_ctx *ctx, enum postern_mark mark);
	/*
	 * What the profile says of this kind of inbound mail: the labels, joined
	 * by commas, and the name of the clock that it starts (empty: none).
	 */
	enum postern_status (*kind)(struct postern_ctx *ctx, struct postern_slice *labels, struct postern_slice *clock);
	/* Starts that clock of the profile at the time of receipt; the due time in seconds UTC. */
	enum postern_status (*start_clock)(struct postern_ctx *ctx, const char *clock, int64_t *due_r);

	/*
	 * A counter of the plugin's own in the store: adds delta to key (any
	 * bytes, at most 256) and gives its value over the last window seconds.
	 * Counted once a message, also when it is retried. POSTERN_TEMPFAIL when
	 * the store is out of reach. In a scan nothing is kept.
	 */
	enum postern_status (*counter)(struct postern_ctx *ctx, struct postern_slice key, int64_t delta,
	    int64_t window, int64_t *value_r);

	/* ABI 1.1. Check that host->abi_minor is at least 1 before these, if your plugin runs elsewhere too. */

	/*
	 * The bytes, as they stood in the message, that a segment shows as [start, end). Evidence that is a
	 * view into a segment is turned into them by finding() itself.
	 */
	enum postern_status (*original)(struct postern_ctx *ctx, size_t text, size_t start, size_t end,
	    struct postern_slice *out);
	/* NEED_TEXT */
	size_t (*disguise_count)(struct postern_ctx *ctx);
	enum postern_status (*disguise)(struct postern_ctx *ctx, size_t index, struct postern_disguise *out);
	/* Number, from 1, of the multipart/alternative that a part belongs to; 0: none. NEED_TEXT */
	size_t (*alternative)(struct postern_ctx *ctx, size_t part);
	enum postern_quotes (*quotes)(struct postern_ctx *ctx);
	/* NEED_IMAGES */
	size_t (*image_count)(struct postern_ctx *ctx);
	enum postern_status (*image)(struct postern_ctx *ctx, size_t index, struct postern_image *out);
	/* Outbound only. */
	enum postern_status (*inbound)(struct postern_ctx *ctx, struct postern_inbound *out);
	/* All marketplaces with a profile. */
	size_t (*market_count)(struct postern_ctx *ctx);
	enum postern_status (*market)(struct postern_ctx *ctx, size_t index, struct postern_market *out);
	/* As profile(), of another marketplace; {NULL,0} also when there is none of that name. */
	struct postern_slice (*market_profile)(struct postern_ctx *ctx, struct postern_slice market, const char *name);
	/* The name of the marketplace whose customers an e-mail address reaches; empty: none. */
	enum postern_status (*address_market)(struct postern_ctx *ctx, struct postern_slice address,
	    struct postern_slice *market_r);
	/* Facts of all attachments, in their order. NEED_ATTACHMENTS; outbound mail only. */
	size_t (*fact_count)(struct postern_ctx *ctx);
	enum postern_status (*fact)(struct postern_ctx *ctx, size_t index, struct postern_fact *out);
	/*
	 * As patterns_match, for count of the set's expressions only, whose numbers (from 0) are given: what means
	 * something only beside something else need not be searched for before that was found.
	 */
	enum postern_status (*patterns_match_some)(struct postern_ctx *ctx, const struct postern_patterns *patterns,
	    const size_t *numbers, size_t count, struct postern_slice text, postern_match_fn fn, void *arg);

	/* ABI 1.2 */

	/* Whom case mail goes to at the marketplace whose turn it is, or who wrote it. */
	enum postern_status (*support)(struct postern_ctx *ctx, struct postern_support *out);
	/*
	 * A window of the profile, "wfs-claim", as it stands for a subject, the number of an order, shipment or case,
	 * at the time of receipt: the one that began last. Unknown, and all else empty, where the store knows of nothing
	 * that begins it; so it is in a scan. POSTERN_TEMPFAIL when the store is out of reach, POSTERN_BUG when the profile
	 * has no such window. NEED_STORE
	 */
	enum postern_status (*window)(struct postern_ctx *ctx, const char *name, struct postern_slice subject,
	    struct postern_window *out);
	/*
	 * When what is counted by that clock of the profile from the time of receipt on is due, seconds UTC; starts
	 * nothing. 0: the profile has no such clock.
	 */
	enum postern_status (*clock_due)(struct postern_ctx *ctx, const char *clock, int64_t *due_r);

	/* ABI 1.3 */

	/*
	 * Says why the plugin can't judge this message, and makes it so, whatever check returns after it: the rule's
	 * on_error is done. The first reason counts; it stands in the audit log, in the log and in a reply, so it has
	 * a sentence of at most 200 bytes and no secret. The host sanitises and copies it. Answers POSTERN_TEMPFAIL:
	 *     return host->fail(ctx, "the list of codes can't be read");
	 */
	enum postern_status (*fail)(struct postern_ctx *ctx, const char *reason);

	/* ABI 1.4 */

	/*
	 * In open: a linear model over the words of a sentence, from a FILE option of lines "word<TAB>weight" and
	 * "word word<TAB>weight" as contrib/train-wording makes them. NULL: reported already. It belongs to the plugin
	 * until model_free.
	 */
	struct postern_model *(*model_compile)(const struct postern_conf *conf, const char *option);
	void (*model_free)(struct postern_model *model);
	/*
	 * The model's sum for each of count pieces of text, sentences as a rule: the first begins at 0, the next at
	 * ends[0] and so on, the last ends at ends[count - 1]. A segment is weighed once for all rules' models as long
	 * as they take the same pieces. POSTERN_TEMPFAIL when memory is out.
	 */
	enum postern_status (*model_weigh)(struct postern_ctx *ctx, const struct postern_model *model,
	    struct postern_slice text, const size_t *ends, size_t count, int *sums);

	/* ABI 1.5 */

	/*
	 * Which of count of the set's expressions, whose numbers are given, may match in a text, by the strings that they
	 * need and without a search: fn gets each with the pieces that a match of it may begin in, of so many that end as
	 * those of model_weigh; one piece costs least. Too many sometimes, never too few: what is looked for together need
	 * not be searched for where no piece may have all of it. POSTERN_TEMPFAIL when memory is out.
	 */
	enum postern_status (*patterns_may)(struct postern_ctx *ctx, const struct postern_patterns *patterns,
	    const size_t *numbers, size_t count, struct postern_slice text, const size_t *ends, size_t pieces,
	    postern_may_fn fn, void *arg);
	/* As patterns_match_some, for the matches that begin before that byte of the text. */
	enum postern_status (*patterns_match_until)(struct postern_ctx *ctx, const struct postern_patterns *patterns,
	    const size_t *numbers, size_t count, struct postern_slice text, size_t until, postern_match_fn fn, void *arg);
};

/* The name under which a plugin is looked up. */
extern const struct postern_plugin postern_plugin;

#ifdef __cplusplus
}
#endif

#endif
