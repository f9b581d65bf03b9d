/* SPDX-License-Identifier: BSD-2-Clause */
/* Metrics over HTTP; the only file that includes libmicrohttpd's header. */
#include "daemon/metrics_http.h"

#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "daemon/metrics.h"
#include "daemon/metrics_text.h"
#include "daemon/privilege.h"
#include "daemon/socket.h"
#include "policy/listen.h"

/* A Prometheus or two, a health check, somebody with curl; and idle ones that are let go before a scrape gives up (10 s). */
#define CONNECTIONS 32
#define BACKLOG 128
#define IDLE_SECONDS 5
/* Of one connection: its request with all headers. */
#define REQUEST_BYTES 16384
/* A thousand series are a hundred KiB. */
#define TEXT_MAX ((size_t)16 << 20)

struct metrics_http {
	struct listen_address address;
	int fd;
	struct MHD_Daemon *daemon;
	struct service *service;
	struct metrics_memory memory;
};

/* ---- answers ---------------------------------------------------------------------------- */

static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned status, struct MHD_Response *response,
    const char *type)
{
	enum MHD_Result rc;

	if (response == NULL)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	/* The next scrape comes long after the idle time. */
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	rc = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return rc;
}

/* text is static. */
static enum MHD_Result send_text(struct MHD_Connection *connection, unsigned status, const char *text)
{
	return send_response(connection, status,
	    MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_PERSISTENT),
	    "text/plain; charset=utf-8");
}

static enum MHD_Result send_metrics(struct metrics_http *http, struct MHD_Connection *connection)
{
	struct buf out = {.max = TEXT_MAX};
	struct MHD_Response *response;

	metrics_write(http->service, &http->memory, &out);
	if (out.failed) {
		buf_free(&out);
		return send_text(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "out of memory\n");
	}
	response = MHD_create_response_from_buffer(out.len, out.data, MHD_RESPMEM_MUST_FREE);
	if (response == NULL)
		buf_free(&out);
	return send_response(connection, MHD_HTTP_OK, response, METRICS_CONTENT_TYPE);
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url, const char *method,
    const char *version, const char *upload, size_t *upload_size, void **state)
{
	struct metrics_http *http = arg;
	const char *why;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return send_text(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n");
	if (strcmp(url, "/metrics") == 0)
		return send_metrics(http, connection);
	if (strcmp(url, "/healthz") != 0)
		return send_text(connection, MHD_HTTP_NOT_FOUND, "there are /metrics and /healthz\n");
	return metrics_healthy(http->service, &why) ? send_text(connection, MHD_HTTP_OK, why)
	    : send_text(connection, MHD_HTTP_SERVICE_UNAVAILABLE, why);
}

/* ---- life ------------------------------------------------------------------------------- */

static int listen_inet(const struct listen_address *address, const char *text, struct diag *d)
{
	int on = 1, fd = socket(address->address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return diag_add(d, "metrics.listen: %s", strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address->address, address->size) == 0 && listen(fd, BACKLOG) == 0)
		return fd;
	diag_add(d, "metrics.listen: cannot listen at %s: %s%s", text, strerror(errno),
	    errno == EADDRINUSE ? " (another posternd, or another exporter? choose another port)" : "");
	close(fd);
	return -1;
}

static int listen_at(const struct config *config, const struct listen_address *address, struct diag *d)
{
	gid_t gid = (gid_t)-1;

	if (!address->local)
		return listen_inet(address, config->metrics_listen, d);
	if (config->metrics_group != NULL && group_resolve(config->metrics_group, &gid, d) != 0)
		return -1;
	return socket_listen_unix("metrics.listen", address->path, gid, d);
}

struct metrics_http *metrics_http_open(const struct config *config, struct diag *d)
{
	struct metrics_http *http = calloc(1, sizeof(*http));
	const char *why;

	if (http == NULL) {
		diag_add(d, "out of memory");
		return NULL;
	}
	why = listen_parse(config->metrics_listen, &http->address);
	http->fd = why == NULL ? listen_at(config, &http->address, d) : diag_add(d, "metrics.listen: %s", why);
	if (http->fd >= 0)
		return http;
	free(http);
	return NULL;
}

/* What strangers sent that is no HTTP, mostly. */
__attribute__((format(printf, 2, 0)))
static void log_library(void *arg, const char *fmt, va_list ap)
{
	char text[512];

	(void)arg;
	vsnprintf(text, sizeof(text), fmt, ap);
	text[strcspn(text, "\r\n")] = '\0';
	log_debug("metrics: %s", text);
}

/* poll: select() breaks with more than 1,024 descriptors, which a busy milter has. */
int metrics_http_start(struct metrics_http *http, struct service *service, struct diag *d)
{
	http->service = service;
	http->daemon = MHD_start_daemon(MHD_USE_POLL_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL, answer, http,
	    MHD_OPTION_EXTERNAL_LOGGER, log_library, NULL, MHD_OPTION_LISTEN_SOCKET, http->fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_SECONDS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_BYTES, MHD_OPTION_END);
	return http->daemon != NULL ? 0 : diag_add(d, "metrics.listen: libmicrohttpd cannot start its thread");
}

void metrics_http_unlink(const struct metrics_http *http)
{
	if (http != NULL && http->address.local)
		unlink(http->address.path);
}
