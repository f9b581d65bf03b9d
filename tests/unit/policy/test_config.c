/* SPDX-License-Identifier: BSD-2-Clause */
/* postern.conf: what is read from a sound file, and what is said of a broken one. */
#include "tree.h"

#include <netinet/in.h>

#include "policy/config.h"
#include "policy/listen.h"

struct broken {
	const char *text;
	const char *message;
};

#define DEEP "a { b { c { d { e { f { g { h { i { } } } } } } } } }"

#define FORM "expected host:port (127.0.0.1:9109, [::1]:9109) or unix:/path"
#define ELSEWHERE "only this machine may reach it, for nobody is asked who he is: write 127.0.0.1:PORT, [::1]:PORT or " \
	"unix:/path, and put a proxy with passwords or certificates before it"

static const struct broken broken[] = {
	/* incoming mail */
	{"inbound {\n subject_tag = \"[{ours}h]\"\n}",
	    "postern.conf:2: subject_tag = \"[{ours}h]\": expected {hours}, {due}, {marketplace}, {kind}, {label} or {order}"},
	{"inbound { authentication = require }", "postern.conf:1: authentication = require needs the names of your verifying servers "
	    "in direction { authserv_ids }, else all marketplace mail would be phishing"},
	{"shop \"u s\" { addresses = { a@b.example } }",
	    "postern.conf:1: shop \"u s\": a shop's name has up to 60 letters, digits, '.', '_' and '-'"},
	{"shop \"a\" { }", "postern.conf:1: 'addresses' is missing in shop \"a\""},
	{"shop \"a\" { addresses = { x@b.example } }\nshop \"b\" { addresses = { X@b.example } }",
	    "postern.conf:2: addresses: 'X@b.example' belongs to shop \"a\" already"},
	/* names */
	{"milter { sockt = \"unix:/x\" }", "postern.conf:1: unknown key 'sockt' in milter, did you mean 'socket'?"},
	{"\n\nmiltr { }", "postern.conf:3: unknown section 'miltr' in the file, did you mean 'milter'?"},
	{"quux { }", "postern.conf:1: unknown section 'quux' in the file"},
	{"socket = \"unix:/x\"", "postern.conf:1: unknown key 'socket' in the file"},
	{"milter {\n\tdeadline = 5s\n\tdeadline = 6s\n}", "postern.conf:3: duplicate key 'deadline', first in line 2"},
	{"store { }\nstore { }", "postern.conf:2: duplicate section 'store', first in line 1"},
	{"plugin \"a\" { }\nplugin \"a\" { }", "postern.conf:2: duplicate section 'plugin \"a\"', first in line 1"},
	{"plugin { }", "postern.conf:1: section 'plugin' needs a name: plugin \"name\" { ... }"},
	{"store \"x\" { }", "postern.conf:1: section 'store' takes no name"},
	{"store = 1", "postern.conf:1: 'store' is a section, not a key: write store { ... }"},
	{"store { type { } }", "postern.conf:1: 'type' is a key, not a section: write type = value"},
	{"plugin \"Bad/Name\" { }", "postern.conf:1: plugin \"Bad/Name\": a plugin's name has small letters, digits, '_' "
	    "and '-' only; its file goes into 'path'"},
	/* syntax */
	{"store {\n\ttype sqlite\n\tpath = \"/x\"\n}", "postern.conf:2: missing '=' after 'type'"},
	{"store {\n\ttype\n}", "postern.conf:2: expected '=' or '{' after 'type', found '}'"},
	{"store {\n\ttype =\n}", "postern.conf:2: missing value after 'type ='"},
	{"store {\n\tpath = \"/x\n}", "postern.conf:2: string without end: a closing \" is missing"},
	{"store {\n\tpath = '/x\n}", "postern.conf:2: string without end: a closing ' is missing"},
	{"store {\n\ttype = sqlite;\n}", "postern.conf:2: unexpected ';': entries end with the line"},
	{"store {\n", "postern.conf:1: section 'store' without end: '}' is missing"},
	{"store { }\n}\n", "postern.conf:2: unexpected '}': no section is open"},
	{"direction { trusted_networks = { 10.0.0.0/8 192.168.0.0/16 } }",
	    "postern.conf:1: missing ',' before '192.168.0.0/16' in the list of 'trusted_networks'"},
	{"direction {\n\ttrusted_networks = 10.0.0.0/8, 192.168.0.0/16\n}",
	    "postern.conf:2: unexpected ',': several values are written trusted_networks = { a, b }"},
	{"direction {\n\tauthserv_ids += { \"a\" }\n}",
	    "postern.conf:2: '+=' is not known here: write the whole list after 'authserv_ids ='"},
	{"store {\n\tpath = \"${HOME}/x\"\n}",
	    "postern.conf:2: '${' is not expanded: write the value itself (or use single quotes for a literal '${')"},
	{"store {\n\tpath = \"/a\\d\"\n}",
	    "postern.conf:2: unknown escape '\\d' in double quotes: put regular expressions in single quotes"},
	{"/* never\nclosed", "postern.conf:1: comment without end: '*/' is missing"},
	{"store { path = { \"/x\", \"/y\" } }", "postern.conf:1: 'path' takes one value, not 2"},
	{"store { path = { } }", "postern.conf:1: 'path' takes one value, not 0"},
	{DEEP, "postern.conf:1: sections nested deeper than 8"},
	/* values */
	{"store { type = sqlit }", "postern.conf:1: type = \"sqlit\": expected sqlite, redis or memory, did you mean 'sqlite'?"},
	{"store { path = \"x\" }", "postern.conf:1: path = \"x\": must be an absolute path, beginning with '/'"},
	{"milter { supervise = maybe }", "postern.conf:1: supervise = \"maybe\": expected yes or no"},
	{"milter { max_judging = many }", "postern.conf:1: max_judging = \"many\": expected a whole number (10, 5k, 2m)"},
	{"milter { max_judging = 0 }", "postern.conf:1: max_judging = \"0\": out of range, 1 to 1024 are allowed"},
	{"milter { max_judging = 99999999999999999999 }",
	    "postern.conf:1: max_judging = \"99999999999999999999\": expected a whole number (10, 5k, 2m)"},
	{"milter { deadline = 20 }",
	    "postern.conf:1: deadline = \"20\": expected a duration with its unit (500ms, 30s, 5m, 2h, 1d)"},
	{"milter { deadline = 0 }", "postern.conf:1: deadline = \"0\": out of range, 100 to 600000 ms are allowed"},
	{"milter { deadline = 2m }",
	    "postern.conf:1: hang must be longer than deadline: it ends the process of a plugin that ignored the deadline"},
	{"audit { checkpoint_events = 0 }",
	    "postern.conf:1: checkpoint_events = \"0\": out of range, 1 to 1000000 are allowed"},
	{"audit { checkpoint_interval = 5s }",
	    "postern.conf:1: checkpoint_interval = \"5s\": out of range, 60000 to 86400000 ms are allowed"},
	{"audit { key_file = \"k\" }", "postern.conf:1: key_file = \"k\": must be an absolute path, beginning with '/'"},
	{"audit { public_key_file = \"k\" }",
	    "postern.conf:1: public_key_file = \"k\": must be an absolute path, beginning with '/'"},
	{"audit { rotate = 10X }", "postern.conf:1: rotate = \"10X\": expected a size (500K, 10M, 1G)"},
	{"milter { socket_mode = 999 }", "postern.conf:1: socket_mode = \"999\": expected an octal mode (0660)"},
	{"milter { log_level = loud }", "postern.conf:1: log_level = \"loud\": expected error, warning, info or debug"},
	{"limits { rule_budget = 11m }", "postern.conf:1: rule_budget = \"11m\": out of range, 1 to 600000 ms are allowed"},
	{"limits { limit_action = rejct }",
	    "postern.conf:1: limit_action = \"rejct\": expected pass, tag, hold, defer or reject, did you mean 'reject'?"},
	{"milter { user = \"no-such-user-here\" }",
	    "postern.conf:1: user = \"no-such-user-here\": there is no such user on this machine"},
	{"milter { socket_group = \"no-such-group\" }",
	    "postern.conf:1: socket_group = \"no-such-group\": there is no such group on this machine"},
	{"direction { trusted_networks = { 10.0.0.0/33 } }",
	    "postern.conf:1: trusted_networks: '10.0.0.0/33' is no network, expected 192.0.2.0/24 or 2001:db8::/32"},
	{"direction {\n trusted_networks = {\n ::1/128,\n 10.1.2.3/8 } }", "postern.conf:4: trusted_networks: "
	    "'10.1.2.3/8' has bits set behind its prefix: is the prefix length right?"},
	{"direction { outbound_daemons = { a } inbound_daemons = { a } }",
	    "postern.conf:1: 'a' is in both outbound_daemons and inbound_daemons"},
	{"plugin \"a\" { sha256 = \"abc\" }", "postern.conf:1: sha256 = \"abc\": expected 64 hexadecimal digits"},
	{"audit {\n\tredact_addresses = yes }",
	    "postern.conf:2: redact_key_file is missing: redaction needs a key, kept apart from the log"},
	{"milter { control_users = { root, \"no-such-user-here\" } }",
	    "postern.conf:1: control_users: there is no user 'no-such-user-here' on this machine"},
	{"rules { monitor_senders = { shop.example } }", "postern.conf:1: monitor_senders: 'shop.example' is neither an "
	    "address nor a domain, did you mean '@shop.example'?"},
	/* archive */
	{"archive { retain_outgoing = 36601 }",
	    "postern.conf:1: retain_outgoing = \"36601\": out of range, 0 to 36600 are allowed"},
	{"archive { retain_helt = 5 }", "postern.conf:1: unknown key 'retain_helt' in archive, did you mean 'retain_held'?"},
	{"archive { key_file = \"archive.key\" }",
	    "postern.conf:1: key_file = \"archive.key\": must be an absolute path, beginning with '/'"},
	{"archive { purge_interval = 31d }",
	    "postern.conf:1: purge_interval = \"31d\": out of range, 0 to 2592000000 ms are allowed"},
	/* desk */
	{"desk { mta = exim }", "postern.conf:1: mta = \"exim\": expected auto, postfix or sendmail"},
	{"desk { four_eyes = yes }", "postern.conf:1: four_eyes = \"yes\": expected no, release or all"},
	{"desk { four_eyes_expire = 5s }",
	    "postern.conf:1: four_eyes_expire = \"5s\": out of range, 60000 to 2592000000 ms are allowed"},
	{"desk { postcat = \"postcat\" }", "postern.conf:1: postcat = \"postcat\": must be an absolute path, beginning with '/'"},
	{"desk { sendmail_queue = \"mqueue\" }",
	    "postern.conf:1: sendmail_queue = \"mqueue\": must be an absolute path, beginning with '/'"},
	{"desk {\n reviewers = { root, \"@no-such-group\" } }",
	    "postern.conf:2: reviewers: there is no group 'no-such-group' on this machine"},
	{"milter { desk_users = { \"no-such-user-here\" } }",
	    "postern.conf:1: desk_users: there is no user 'no-such-user-here' on this machine"},
	/* redis */
	{"store { redis = x }", "postern.conf:1: 'redis' is a section, not a key: write redis { ... }"},
	{"store { redis { } }", "postern.conf:1: 'servers' is missing in redis"},
	{"store { redis { servers = { } } }", "postern.conf:1: servers names none"},
	{"store { redis {\n server = \"a\" } }", "postern.conf:2: unknown key 'server' in redis, did you mean 'servers'?\n"
	    "postern.conf:1: 'servers' is missing in redis"},
	{"store { redis { servers = { \"a:1\", \"b:1\" } } }",
	    "postern.conf:1: servers: mode = single has one; did you mean mode = sentinel or cluster?"},
	{"store { redis { servers = \"a:99999\" } }",
	    "postern.conf:1: servers: 'a:99999': behind ':' comes a port from 1 to 65535"},
	{"store { redis {\n servers = {\n \"::1\",\n \"/run/x\" }\n mode = cluster } }",
	    "postern.conf:3: servers: '::1': an IPv6 address is written in brackets, as [::1]:6379\n"
	    "postern.conf:4: servers: '/run/x': did you mean 'unix:/run/x'?"},
	{"store { redis { servers = \"rediss://x\" } }", "postern.conf:1: servers: 'rediss://x': TLS is not offered; write "
	    "host:port of a local tunnel (stunnel) to the server"},
	{"store { redis { servers = a mode = sentinels } }",
	    "postern.conf:1: mode = \"sentinels\": expected single, sentinel or cluster, did you mean 'sentinel'?"},
	{"store { redis { servers = a\n mode = sentinel } }", "postern.conf:2: mode = sentinel needs sentinel_name: what the "
	    "Sentinels call the primary (\"sentinel monitor NAME ...\")"},
	{"store { redis { servers = a\n sentinel_name = x } }", "postern.conf:2: nothing depends on it without mode = sentinel"},
	{"store { redis { servers = a\n user = x } }", "postern.conf:2: user needs password_file, with the user's password"},
	{"store { redis { servers = a user = \"x y\" password_file = \"/p\" } }",
	    "postern.conf:1: user = \"x y\": expected one word"},
	{"store { redis { servers = a password_file = p } }",
	    "postern.conf:1: password_file = \"p\": must be an absolute path, beginning with '/'"},
	{"store { redis { servers = a timeout = 1 } }",
	    "postern.conf:1: timeout = \"1\": expected a duration with its unit (500ms, 30s, 5m, 2h, 1d)"},
	{"store { redis { servers = a timeout = 200ms } }",
	    "postern.conf:1: connect_timeout is longer than timeout, which it is a part of"},
	{"store { redis { servers = a pool = 0 } }", "postern.conf:1: pool = \"0\": out of range, 1 to 1024 are allowed"},
	{"store { redis { servers = a keep = 1h } }",
	    "postern.conf:1: keep = \"1h\": out of range, 86400000 to 316224000000 ms are allowed"},
	{"store {\n type = redis }", "postern.conf:2: type = redis needs a section: store { redis { servers = \"127.0.0.1:6379\" } }"},
	{"store { redis { servers = a outage = wait } }", "postern.conf:1: outage = \"wait\": expected judge or defer"},
	/* sockets */
	{"milter { socket = \"tcp:8891@localhost\" }",
	    "postern.conf:1: socket = \"tcp:8891@localhost\": unknown kind of socket 'tcp:', did you mean 'inet:'?"},
	{"milter { socket = \"inet:localhost:8891\" }", "postern.conf:1: socket = \"inet:localhost:8891\": here the port "
	    "comes first, did you mean 'inet:8891@localhost'? (Postfix writes it inet:host:port)"},
	{"milter { socket = \"inet:8891\" }", "postern.conf:1: socket = \"inet:8891\": this would listen on all addresses, "
	    "did you mean 'inet:8891@127.0.0.1'?"},
	{"milter { socket = \"inet:99999@localhost\" }",
	    "postern.conf:1: socket = \"inet:99999@localhost\": '99999' is no port (1 to 65535)"},
	{"milter { socket = \"/run/x\" }", "postern.conf:1: socket = \"/run/x\": did you mean 'unix:/run/x'?"},
	{"milter { socket = \"unix:run/x\" }",
	    "postern.conf:1: socket = \"unix:run/x\": the path of the socket must be absolute"},
	{"milter { socket = \"unx:/run/x\" }",
	    "postern.conf:1: socket = \"unx:/run/x\": unknown kind of socket 'unx:', did you mean 'unix:'?"},
	/* metrics */
	{"metrics { listen = \"9109\" }", "postern.conf:1: listen = \"9109\": " FORM},
	{"metrics { listen = \"inet:9109@localhost\" }", "postern.conf:1: listen = \"inet:9109@localhost\": " FORM},
	{"metrics { listen = \"mx.example:9109\" }", "postern.conf:1: listen = \"mx.example:9109\": " FORM},
	{"metrics { listen = \"[::1:9109\" }", "postern.conf:1: listen = \"[::1:9109\": " FORM},
	{"metrics { listen = \"0.0.0.0:9109\" }", "postern.conf:1: listen = \"0.0.0.0:9109\": " ELSEWHERE},
	{"metrics { listen = \":9109\" }", "postern.conf:1: listen = \":9109\": " ELSEWHERE},
	{"metrics { listen = \"[::]:9109\" }", "postern.conf:1: listen = \"[::]:9109\": " ELSEWHERE},
	{"metrics { listen = \"10.1.2.3:9109\" }", "postern.conf:1: listen = \"10.1.2.3:9109\": " ELSEWHERE},
	{"metrics { listen = \"127.0.0.1:99999\" }",
	    "postern.conf:1: listen = \"127.0.0.1:99999\": the port must be a number from 1 to 65535"},
	{"metrics { listen = \"unix:run/x\" }",
	    "postern.conf:1: listen = \"unix:run/x\": the path of the socket must be absolute"},
	{"metrics { lisen = x }", "postern.conf:1: unknown key 'lisen' in metrics, did you mean 'listen'?"},
	/* alerts */
	{"alerts { level = { 50 } }", "postern.conf:1: unknown key 'level' in alerts, did you mean 'levels'?"},
	{"alerts { levels = { 50, \"75 %\" } }",
	    "postern.conf:1: levels: '75 %' is no level: expected percent of the time to answer, 1 to 1000"},
	{"alerts { levels = { 0 } always = { } }",
	    "postern.conf:1: levels: '0' is no level: expected percent of the time to answer, 1 to 1000"},
	{"alerts { levels = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18 } always = { } }",
	    "postern.conf:1: levels: more than 16 levels"},
	{"alerts {\n always = { 80 }\n}", "postern.conf:2: always: 80 is none of the levels"},
	{"alerts { interval = 0s }", "postern.conf:1: interval = \"0s\": out of range, 1000 to 86400000 ms are allowed"},
	{"alerts { quiet = \"22-7\" zone = \"UTC\" }",
	    "postern.conf:1: quiet = \"22-7\": expected hours of the day (22:00-07:00)"},
	{"alerts { quiet = \"22:00-24:01\" zone = \"UTC\" }",
	    "postern.conf:1: quiet = \"22:00-24:01\": expected hours of the day (22:00-07:00)"},
	{"alerts { quiet = \"07:00-07:00\" zone = \"UTC\" }",
	    "postern.conf:1: quiet = \"07:00-07:00\": these hours are none, or all"},
	{"alerts { quiet = \"22:00-07:00\" }",
	    "postern.conf:1: quiet: whose hours? zone = \"America/Los_Angeles\" is missing"},
	{"alerts { zone = \"UTC\" }",
	    "postern.conf:1: zone: nothing depends on it without quiet = \"22:00-07:00\""},
	{"alerts { quiet = \"22:00-07:00\" zone = \"Europe/Berlim\" }",
	    "postern.conf:1: zone: there is no time zone 'Europe/Berlim', did you mean 'Europe/Berlin'?"},
	{"alerts { mail = { \"-odd@x.example\" } }",
	    "postern.conf:1: mail: '-odd@x.example' is no mail address: write it alone, as desk@shop.example"},
	{"alerts { mail = { \"Desk <desk@x.example>\" } }",
	    "postern.conf:1: mail: 'Desk <desk@x.example>' is no mail address: write it alone, as desk@shop.example"},
	{"alerts { from = \"\" }",
	    "postern.conf:1: from: '' is no mail address: write it alone, as desk@shop.example"},
	{"alerts { command = \"page\" }",
	    "postern.conf:1: command = \"page\": must be an absolute path, beginning with '/'"},
	{"alerts { command = { } }", "postern.conf:1: command: the program is missing"},
	{"alerts { escalate \"boss\" { at = 90 } }", "postern.conf:1: 'mail' is missing in escalate \"boss\""},
	{"alerts { escalate \"boss\" { mail = \"a@b.example\" } }", "postern.conf:1: 'at' is missing in escalate \"boss\""},
	{"alerts { escalate \"boss\" { at = often mail = \"a@b.example\" } }",
	    "postern.conf:1: at: 'often' is no level: expected percent of the time to answer, 1 to 1000"},
	{"alerts { escalate \"the boss\" { at = 90 mail = \"a@b.example\" } }",
	    "postern.conf:1: escalate \"the boss\": a name has letters, digits, '_' and '-' only"},
	{"alerts { escalate { at = 90 mail = \"a@b.example\" } }",
	    "postern.conf:1: section 'escalate' needs a name: escalate \"name\" { ... }"},
	{"alerts { windows = { 7d, 90m } }",
	    "postern.conf:1: windows: '90m': expected how long before a window closes, in whole hours or days, 1h to 90d"},
	{"alerts { windows = { 7 } }",
	    "postern.conf:1: windows: '7': expected how long before a window closes, in whole hours or days, 1h to 90d"},
	{"alerts { windows = { 91d } }",
	    "postern.conf:1: windows: '91d': expected how long before a window closes, in whole hours or days, 1h to 90d"},
	{"alerts { windows = { 0 } }",
	    "postern.conf:1: windows: '0': expected how long before a window closes, in whole hours or days, 1h to 90d"},
	{"alerts { windows = { 1h, 2h, 3h, 4h, 5h, 6h, 7h, 8h, 9h, 10h, 11h, 12h, 13h, 14h, 15h, 16h, 17h } }",
	    "postern.conf:1: windows: more than 16 of them"},
	{"alerts { spam_filtered = maybe }", "postern.conf:1: spam_filtered = \"maybe\": expected yes or no"},
	{"alerts { warning = no }", "postern.conf:1: unknown key 'warning' in alerts, did you mean 'warnings'?"},
	{"alerts { shop \"x\" { mail = { } } }", "postern.conf:1: shop \"x\": mail names nobody"},
	{"alerts { shop = x }", "postern.conf:1: 'shop' is a section, not a key: write shop \"name\" { ... }"},
	/* exports */
	{"export { type = syslog }", "postern.conf:1: section 'export' needs a name: export \"name\" { ... }"},
	{"export \"a b\" { type = syslog }", "postern.conf:1: export \"a b\": a name has up to 40 letters, digits, '_' and '-'"},
	{"export \"x\" { }", "postern.conf:1: 'type' is missing in export \"x\""},
	{"export \"x\" { type = splunk }", "postern.conf:1: type = \"splunk\": expected syslog, journald or json"},
	{"export \"x\" { type = json }", "postern.conf:1: 'to' is missing in export \"x\": tcp:HOST:PORT or unix:/PATH"},
	{"export \"x\" {\n type = json\n to = \"udp:h:5\"\n}",
	    "postern.conf:3: to: lines of JSON need a stream (tcp:HOST:PORT or unix:/PATH)"},
	{"export \"x\" { type = journald to = \"tcp:h:5\" }",
	    "postern.conf:1: to: journald takes datagrams of a unix socket only (unixgram:/PATH)"},
	{"export \"x\" { type = syslog to = \"logs.example\" }",
	    "postern.conf:1: to: 'logs.example': expected tcp:HOST:PORT, udp:HOST:PORT, unix:/PATH or unixgram:/PATH"},
	{"export \"x\" { type = syslog events = { } }",
	    "postern.conf:1: events is empty: nothing would leave; without the key all does"},
	{"export \"x\" { type = syslog events = { Message } }",
	    "postern.conf:1: events: 'Message' is no type of event (message, desk, alert, error ...)"},
	{"export \"x\" {\n type = syslog\n actions = { reject, refuse }\n}",
	    "postern.conf:3: actions = \"refuse\": expected pass, tag, hold, defer or reject"},
	{"export \"x\" { type = syslog max_size = 100 }",
	    "postern.conf:1: max_size = \"100\": out of range, 480 to 65536 bytes are allowed"},
	{"export \"x\" { type = syslog enterprise = 0 }",
	    "postern.conf:1: enterprise: '0' is no private enterprise number of IANA"},
	{"export \"x\" { type = syslog begin = later }", "postern.conf:1: begin = \"later\": expected now or start"},
	{"export \"x\" { type = syslog message = xml }", "postern.conf:1: message = \"xml\": expected text or json"},
	{"export \"x\" { type = json to = \"unix:/x\" facility = mail }", "postern.conf:1: facility is for type = syslog only"},
	{"export \"x\" { type = syslog }\nexport \"x\" { type = syslog }",
	    "postern.conf:2: duplicate section 'export \"x\"', first in line 1"},
	/* every problem at once */
	{"store { typ = memory\n path = \"x\" }\naudit { rotate = x }",
	    "postern.conf:1: unknown key 'typ' in store, did you mean 'type'?\n"
	    "postern.conf:2: path = \"x\": must be an absolute path, beginning with '/'\n"
	    "postern.conf:3: rotate = \"x\": expected a size (500K, 10M, 1G)"},
	{"store {\n\ttype sqlite\n\tpath = \"/x\n}\nmilter {\n\tlog == stderr\n}",
	    "postern.conf:2: missing '=' after 'type'\n"
	    "postern.conf:3: string without end: a closing \" is missing\n"
	    "postern.conf:6: expected a value after 'log =', found '='"},
};

static struct config *load(const struct tree *tree, const char *text, struct diag *d)
{
	char *path = tree_path(tree, "postern.conf");
	struct config *config;

	tree_write(tree, "postern.conf", text);
	diag_clear(d);
	config = config_load(path, d);
	free(path);
	return config;
}

static void broken_files_are_explained(void **state)
{
	struct tree tree;
	struct diag d = {.text = ""};

	(void)state;
	tree_new(&tree);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct config *config = load(&tree, broken[i].text, &d);

		tree_strip(&tree, d.text);
		assert_string_equal(d.text, broken[i].message);
		assert_null(config);
	}
	tree_free(&tree);
}

static void an_empty_file_gives_the_defaults(void **state)
{
	struct tree tree;
	struct diag d = {.text = ""};
	struct config *config, *other;

	(void)state;
	tree_new(&tree);
	config = load(&tree, "", &d);
	assert_string_equal(d.text, "");
	assert_non_null(config);
	assert_string_equal(config->socket, "unix:" POSTERN_RUNDIR "/postern.sock");
	assert_int_equal(config->socket_mode, 0660);
	assert_int_equal(config->deadline_ms, 20000);
	assert_int_equal(config->timeout_s, 7200);
	assert_int_equal(config->command_timeout_ms, 20 * 1000);
	assert_int_equal(config->message_timeout_ms, 30 * 60 * 1000);
	assert_string_equal(config->trusted_networks[1], "::1/128");
	assert_null(config->trusted_networks[2]);
	assert_null(config->authserv_ids);
	assert_string_equal(config->authentication, "check");
	assert_true(config->look_alikes);
	assert_int_equal(config->phishing_action, ACTION_TAG);
	assert_null(config->subject_tag);
	assert_int_equal(config->shop_count, 0);
	assert_string_equal(config->rules_shipped, POSTERN_RULESDIR);
	assert_string_equal(config->rules_site, tree.dir);
	assert_int_equal(config->audit_rotate_bytes, 64 << 20);
	assert_string_equal(config->audit_key_file, POSTERN_STATEDIR "/audit.key");
	assert_string_equal(config->audit_public_key_file, POSTERN_STATEDIR "/audit.pub");
	assert_int_equal(config->audit_checkpoint_events, 1000);
	assert_int_equal(config->audit_checkpoint_s, 3600);
	assert_string_equal(config->desk_mta, "auto");
	assert_string_equal(config->desk_four_eyes, "no");
	assert_int_equal(config->desk_four_eyes_expire_s, 86400);
	assert_int_equal(config->limit_action, ACTION_HOLD);
	assert_int_equal(config->rule_budget_ms, 2000);
	assert_int_equal(config->internal_error_action, ACTION_DEFER);
	assert_true(config->authenticated_outbound && config->supervise && !config->monitor);
	assert_true(!config->archive.enabled && config->archive.required && !config->archive.outside);
	assert_null(config->archive.key_file);
	assert_int_equal(config->archive.retain_days[ARCHIVE_REFUSED], 0);
	assert_int_equal(config->archive.purge_s, 86400);
	assert_int_equal(config->alerts.interval, 60);
	assert_true(config->alerts.log && config->alerts.mail == NULL && config->alerts.command == NULL);
	assert_int_equal(config->alerts.plan.levels.count, 4);
	assert_int_equal(config->alerts.plan.urgent, 4 * 3600);
	assert_true(config->alerts.spam_filtered && config->alerts.warnings);
	assert_int_equal(config->alerts.plan.windows.count, 3);
	assert_int_equal(config->alerts.plan.windows.level[2], 7 * 24);
	assert_null(config->alerts.plan.quiet.zone);
	assert_null(config->metrics_listen);
	assert_null(config->metrics_group);
	assert_int_equal(config->export_count, 0);
	other = config_ref(config);
	config_free(&config);
	assert_null(config);
	assert_int_equal(other->export_count, 0);
	config_free(&other);
	assert_null(other);
	tree_free(&tree);
}

static void exports_are_read(void **state)
{
	struct tree tree;
	struct diag d = {.text = ""};
	struct config *config;

	(void)state;
	tree_new(&tree);
	config = load(&tree, "export \"a\" { type = syslog }\nexport \"b\" { type = journald }\n"
	    "export \"c\" { type = json to = \"tcp:[::1]:99\" events = { message, legal-hold } actions = reject begin = start }\n"
	    "export \"d\" { type = syslog to = \"udp:h:514\" facility = local3 enterprise = 99 message = json }\n"
	    "export \"e\" { type = syslog to = \"udp:h:514\" max_size = 1K }", &d);
	assert_string_equal(d.text, "");
	assert_int_equal(config->export_count, 5);
	assert_string_equal(config->exports[0].to, "unixgram:/dev/log");
	assert_int_equal(config->exports[0].syslog.facility, 2);
	assert_int_equal(config->exports[0].syslog.max_size, 8192);
	assert_string_equal(config->exports[0].syslog.enterprise, "32473");
	assert_string_equal(config->exports[1].to, "unixgram:/run/systemd/journal/socket");
	assert_string_equal(config->exports[2].address.host, "::1");
	assert_string_equal(config->exports[2].filter.events[1], "legal-hold");
	assert_string_equal(config->exports[2].filter.actions[0], "reject");
	assert_null(config->exports[2].filter.actions[1]);
	assert_true(config->exports[2].from_start && !config->exports[0].from_start);
	assert_int_equal(config->exports[3].syslog.facility, 19);
	assert_int_equal(config->exports[3].syslog.max_size, 2048);
	assert_true(config->exports[3].syslog.json);
	assert_int_equal(config->exports[4].syslog.max_size, 1024);
	assert_true(export_spec_equal(&config->exports[3], &config->exports[3]));
	for (size_t i = 1; i < 5; i++)
		assert_false(export_spec_equal(&config->exports[i - 1], &config->exports[i]));
	config_free(&config);
	tree_free(&tree);
}

static void a_written_file_is_read(void **state)
{
	struct tree tree;
	struct diag d = {.text = ""};
	struct config *config;

	(void)state;
	tree_new(&tree);
	config = load(&tree, "\xef\xbb\xbf# first\r\nmilter { socket = 'inet6:8891@::1' // end\n"
	    " deadline=1500ms user = root log_level = debug max_transactions = 2k }\n/* plugin \"no\" { } */\n"
	    "plugin \"links\" { optional = yes path = \"/opt/x y/\\\"links\\\".so\" }\nplugin \"sla\" { }\n"
	    "direction { trusted_networks = { 2001:db8::/32, 10.0.0.0/8, } authserv_ids = mx.example }\n"
	    "limits { message_size = 1M decoded_size = 2g }\nrules { site = '/it''s' }\n", &d);
	assert_null(config); /* two strings side by side are no value */
	config = load(&tree, "\xef\xbb\xbf# first\r\nmilter { socket = 'inet6:8891@::1' // end\n"
	    " deadline=1500ms user = root log_level = debug max_transactions = 2k }\n/* plugin \"no\" { } */\n"
	    "plugin \"links\" { optional = yes path = \"/opt/x y/\\\"links\\\".so\" }\nplugin \"sla\" { }\n"
	    "direction { trusted_networks = { 2001:db8::/32, 10.0.0.0/8, } authserv_ids = mx.example }\n"
	    "archive { enabled = yes retain_held = 90 retain_refused = 7 purge_interval = 0 }\n"
	    "limits { message_size = 1M decoded_size = 2g }\nrules { site = '/it\\'s' }\n", &d);
	assert_string_equal(d.text, "");
	assert_string_equal(config->socket, "inet6:8891@::1");
	assert_int_equal(config->deadline_ms, 1500);
	assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(config->max_transactions, 2000);
	assert_int_equal(config->plugin_count, 2);
	assert_string_equal(config->plugins[0].path, "/opt/x y/\"links\".so");
	assert_true(config->plugins[0].optional);
	assert_int_equal(config->plugins[0].line, 5);
	assert_string_equal(config->plugins[1].path, POSTERN_PLUGINDIR "/sla.so");
	assert_string_equal(config->authserv_ids[0], "mx.example");
	assert_int_equal(config->limits.message_bytes, 1 << 20);
	assert_int_equal(config->archive.retain_days[ARCHIVE_HELD], 90);
	assert_int_equal(config->archive.retain_days[ARCHIVE_REFUSED], 7);
	assert_int_equal(config->archive.purge_s, 0);
	assert_true(config->limits.decoded_bytes == (size_t)2 << 30);
	assert_string_equal(config->rules_site, "/it's");
	config_free(&config);
	tree_free(&tree);
}

static void metrics_are_read(void **state)
{
	static const struct {
		const char *text;
		int family;
		unsigned port;
	} cases[] = {
		{"127.0.0.1:9109", AF_INET, 9109}, {"localhost:1", AF_INET, 1}, {"127.9.9.9:65535", AF_INET, 65535},
		{"[::1]:9109", AF_INET6, 9109},    {"unix:/run/x.sock", AF_UNIX, 0},
	};
	struct listen_address address;
	struct diag d = {.text = ""};
	struct config *config;
	struct tree tree;

	(void)state;
	tree_new(&tree);
	config = load(&tree, "metrics { listen = \"[::1]:9109\" socket_group = root }", &d);
	assert_string_equal(d.text, "");
	assert_string_equal(config->metrics_listen, "[::1]:9109");
	assert_string_equal(config->metrics_group, "root");
	config_free(&config);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct sockaddr_in in;

		assert_null(listen_parse(cases[i].text, &address));
		assert_int_equal(address.address.ss_family, cases[i].family);
		assert_int_equal(address.local, cases[i].family == AF_UNIX);
		/* The port stands at the same place in both. */
		memcpy(&in, &address.address, sizeof(in));
		if (!address.local)
			assert_int_equal(ntohs(in.sin_port), cases[i].port);
		else
			assert_string_equal(address.path, "/run/x.sock");
	}
	tree_free(&tree);
}

static void alerts_are_read(void **state)
{
	struct tree tree;
	struct diag d = {.text = ""};
	struct config *config;
	const struct config_alerts *alerts;

	(void)state;
	tree_new(&tree);
	config = load(&tree, "alerts { interval = 5m levels = { 90, 50 } always = { 120 } always_under = 0s log = no\n"
	    "mail = { a@b.example, ops } from = x@b.example command = { /bin/page, -q } timeout = 500ms\n"
	    "quiet = \"22:00-07:30\" zone = \"Asia/Shanghai\" response_rate = no\n"
	    "spam_filtered = no warnings = no windows = { 12h, 2d }\n"
	    "escalate \"boss\" { at = 120 mail = c@b.example }\nshop \"s@b.example\" { mail = { d@b.example } } }", &d);
	assert_string_equal(d.text, "");
	alerts = &config->alerts;
	assert_int_equal(alerts->interval, 300);
	assert_int_equal(alerts->plan.levels.count, 3);
	assert_int_equal(alerts->plan.levels.level[0], 50);
	assert_int_equal(alerts->plan.levels.level[2], 120); /* the escalation's */
	assert_int_equal(alerts->plan.urgent, 0);
	assert_int_equal(alerts->plan.quiet.until, 7 * 3600 + 1800);
	assert_string_equal(zone_name(alerts->plan.quiet.zone), "Asia/Shanghai");
	assert_string_equal(alerts->mail[1], "ops");
	assert_string_equal(alerts->command[1], "-q");
	assert_null(alerts->command[2]);
	assert_int_equal(alerts->timeout_ms, 500);
	assert_int_equal(alerts->audience_count, 2);
	assert_int_equal(alerts->audiences[0].at, 120);
	assert_false(alerts->audiences[1].escalation || alerts->log || alerts->response_rate);
	assert_false(alerts->spam_filtered || alerts->warnings);
	assert_int_equal(alerts->plan.windows.count, 2);
	assert_int_equal(alerts->plan.windows.level[0], 12);
	assert_int_equal(alerts->plan.windows.level[1], 48);
	config_free(&config);
	config = load(&tree, "alerts { windows = { } }", &d);
	assert_string_equal(d.text, "");
	assert_int_equal(config->alerts.plan.windows.count, 0);
	config_free(&config);
	config = load(&tree, "alerts { levels = { 30 } }", &d); /* the default of always is no mistake then */
	assert_string_equal(d.text, "");
	config_free(&config);
	tree_free(&tree);
}

static void redis_is_read(void **state)
{
	struct tree tree;
	struct diag d = {.text = ""};
	struct config *config;
	const struct redis_config *client;

	(void)state;
	tree_new(&tree);
	config = load(&tree, "", &d);
	assert_false(config->redis.present || config->redis.defer);
	config_free(&config);
	config = load(&tree, "store { redis { servers = { a, \"[::1]:1\" } mode = sentinel sentinel_name = shop user = postern\n"
	    "password_file = /p sentinel_password_file = /q connect_timeout = 50ms timeout = 2s pool = 3 outage = defer\n"
	    "keep = 30d } }", &d);
	assert_string_equal(d.text, "");
	assert_true(config->redis.present && config->redis.defer);
	client = &config->redis.client;
	assert_int_equal(client->mode, REDIS_SENTINEL);
	assert_string_equal(client->servers[1], "[::1]:1");
	assert_null(client->servers[2]);
	assert_string_equal(client->sentinel_name, "shop");
	assert_string_equal(client->user, "postern");
	assert_string_equal(client->password_file, "/p");
	assert_string_equal(client->sentinel_password_file, "/q");
	assert_int_equal(client->connect_timeout_ms, 50);
	assert_int_equal(client->timeout_ms, 2000);
	assert_int_equal(client->pool, 3);
	assert_int_equal(config->redis.keep_s, 30 * 86400);
	config_free(&config);
	config = load(&tree, "store { redis { servers = a } }", &d);
	assert_string_equal(d.text, "");
	assert_int_equal(config->redis.client.mode, REDIS_SINGLE);
	assert_int_equal(config->redis.client.timeout_ms, 1000);
	assert_int_equal(config->redis.keep_s, 90 * 86400);
	assert_false(config->redis.defer);
	config_free(&config);
	tree_free(&tree);
}

static void the_sites_data_file_goes_first(void **state)
{
	struct tree tree;
	struct diag d = {.text = ""};
	struct config config = {.path = NULL};
	char *path;

	(void)state;
	tree_new(&tree);
	config.rules_shipped = tree_path(&tree, "shipped");
	config.rules_site = tree_path(&tree, "site");
	tree_write(&tree, "shipped/lists/a.txt", "");
	tree_write(&tree, "shipped/lists/b.txt", "");
	tree_write(&tree, "site/lists/a.txt", "");
	path = config_data_file(&config, "lists/a.txt", &d);
	tree_strip(&tree, path);
	assert_string_equal(path, "site/lists/a.txt");
	free(path);
	path = config_data_file(&config, "lists/b.txt", &d);
	tree_strip(&tree, path);
	assert_string_equal(path, "shipped/lists/b.txt");
	free(path);
	assert_null(config_data_file(&config, "lists/c.txt", &d));
	tree_strip(&tree, d.text);
	assert_string_equal(d.text, "file 'lists/c.txt' is neither in site nor in shipped");
	assert_null(config_data_file(&config, "../x", &d));
	assert_null(config_data_file(&config, "lists/../../x", &d));
	assert_null(config_data_file(&config, "/etc/passwd", &d));
	assert_null(config_data_file(&config, "", &d));
	free(config.rules_shipped);
	free(config.rules_site);
	tree_free(&tree);
}

/* The installed file is sound, and so are the defaults that it shows behind '#'. */
static void the_installed_file_is_sound(void **state)
{
	static const char *const skipped[] = {"#user", "#group", "#socket_group", "#redact_", NULL};
	struct buf content = {0}, shown = {0};
	struct diag d = {.text = ""};
	struct config *config = config_load(INSTALLED_CONF, &d);
	struct tree tree;
	size_t plugins = 0;

	(void)state;
	assert_string_equal(d.text, "");
	assert_non_null(config);
	assert_int_equal(file_read(INSTALLED_CONF, 1 << 20, &content, &d), 0);
	for (const char *at = content.data; (at = strstr(at, "\nplugin \"")) != NULL; at++)
		plugins++;
	assert_true(plugins > 0);
	assert_int_equal(config->plugin_count, plugins);
	config_free(&config);
	for (char *line = content.data, *next; line != NULL && *line != '\0'; line = next) {
		char *mark = line + strspn(line, " \t");
		bool skip = false;

		next = strchr(line, '\n');
		if (next != NULL)
			*next++ = '\0';
		for (size_t i = 0; skipped[i] != NULL; i++)
			skip = skip || strncmp(mark, skipped[i], strlen(skipped[i])) == 0;
		if (mark[0] == '#' && ((mark[1] >= 'a' && mark[1] <= 'z') || mark[1] == '}') && !skip)
			mark[0] = ' ';
		buf_printf(&shown, "%s\n", line);
	}
	tree_new(&tree);
	config = load(&tree, shown.data, &d);
	assert_string_equal(d.text, "");
	assert_int_equal(config->socket_mode, 0660);
	assert_int_equal(config->limits.urls, 5000);
	assert_true(config->redis.present);
	config_free(&config);
	tree_free(&tree);
	buf_free(&content);
	buf_free(&shown);
}

static void a_missing_file_is_named(void **state)
{
	struct diag d = {.text = ""};

	(void)state;
	assert_null(config_load("/nonexistent/postern.conf", &d));
	assert_string_equal(d.text, "/nonexistent/postern.conf: No such file or directory");
}

/* Any prefix of a sound file, and any single changed byte, gives an answer. */
static void damage_is_survived(void **state)
{
	static const char sound[] = "milter { socket = \"unix:/x\\\"\" }\nplugin \"a\" { optional = yes }\n"
	    "direction { trusted_networks = { ::1/128, '10.0.0.0/8' } } # end\n/* c */ store { type = memory }\n";
	static const char bytes[] = "{}=,;\"'\\#/*+$\n\x80 ";
	char text[sizeof(sound)];
	struct tree tree;
	struct diag d = {.text = ""};

	(void)state;
	tree_new(&tree);
	for (size_t i = 0; i + 1 < sizeof(sound); i++) {
		struct config *config;

		memcpy(text, sound, sizeof(sound));
		text[i] = '\0';
		config = load(&tree, text, &d);
		assert_true((config == NULL) == (d.count > 0));
		config_free(&config);
		for (size_t j = 0; j + 1 < sizeof(bytes); j++) {
			memcpy(text, sound, sizeof(sound));
			text[i] = bytes[j];
			config = load(&tree, text, &d);
			assert_true((config == NULL) == (d.count > 0));
			config_free(&config);
		}
	}
	tree_free(&tree);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(broken_files_are_explained),
		cmocka_unit_test(an_empty_file_gives_the_defaults),
		cmocka_unit_test(exports_are_read),
		cmocka_unit_test(a_written_file_is_read),
		cmocka_unit_test(metrics_are_read),
		cmocka_unit_test(alerts_are_read),
		cmocka_unit_test(redis_is_read),
		cmocka_unit_test(the_sites_data_file_goes_first),
		cmocka_unit_test(the_installed_file_is_sound),
		cmocka_unit_test(a_missing_file_is_named),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
