// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "broker/broker.h"
#include "broker/nats.h"
#include "lib/fd.h"
#include "lib/util.h"

#define SERVERS_MAX 16
#define SECRET_MAX  4096 /* bytes of a file of it */

/* --- what was asked for ---------------------------------------------------------------------- */

bool broker_is_url(const char *s)
{
	return !strncmp(s, "nats://", 7) || !strncmp(s, "tls://", 6);
}

static int url_wrong(const char *url, const char *why, struct err *err)
{
	err_say(err, -EINVAL, "'%.200s': %s", url, why);
	err_hint(err, "one or more servers: nats://HOST[:PORT],HOST..., or tls://...");
	return -EINVAL;
}

/* One server, len bytes, without its scheme. */
static int server_check(const char *url, const char *s, size_t len, struct err *err)
{
	if (!len)
		return url_wrong(url, "a server has no name", err);
	if (memchr(s, '@', len)) {
		err_say(err, -EINVAL,
			"the address of a server has a user or a password, which anybody can see "
			"in the list of processes");
		err_hint(err, "`nswatch ship --user-file FILE` reads them from a file");
		return -EINVAL;
	}
	for (size_t i = 0; i < len; i++)
		if (strchr("/ \t\n\"'\\?#", s[i]))
			return url_wrong(url,
				s[i] == '/' ? "a path stands behind a server"
					    : "no name of a server",
				err);
	return 0;
}

/*
 * The servers of "nats://a,b", each with its scheme, in *b, ended by NUL; ret has where they
 * begin. How many, or -EINVAL.
 */
static int servers_split(const char *url, struct buf *b, size_t ret[SERVERS_MAX], struct err *err)
{
	const char *scheme = "nats://";
	int n = 0;

	if (!url || !broker_is_url(url))
		return url_wrong(url ? url : "", "no address of NATS servers", err);
	for (const char *s = url;; s++) {
		size_t len;
		int r;

		if (broker_is_url(s)) {
			scheme = *s == 't' ? "tls://" : "nats://";
			s += strlen(scheme);
		}
		len = strcspn(s, ",");
		r = n == SERVERS_MAX ? url_wrong(url, "more than 16 servers", err)
				     : server_check(url, s, len, err);
		if (r)
			return r;
		ret[n++] = b->len;
		buf_puts(b, scheme);
		buf_add(b, s, len);
		buf_putc(b, '\0');
		s += len;
		if (!*s)
			return n;
	}
}

static int stream_check(const char *name, struct err *err)
{
	if (!name)
		return 0;
	if (!*name || strlen(name) > 128 || strpbrk(name, ".*>/\\ \t\n"))
		return err_say(err, -EINVAL,
			"--stream: '%.64s': a stream is called by 1 to 128 characters, without . * "
			"> / \\ "
			"and blanks",
			name);
	return 0;
}

int broker_check(const struct broker_opts *o, struct err *err)
{
	auto_buf struct buf b = {0};
	size_t at[SERVERS_MAX];
	int r = servers_split(o->servers, &b, at, err);

	if (r < 0)
		return r;
	r = stream_check(o->stream, err);
	if (r)
		return r;
	if (!!o->user_file + !!o->token_file + !!o->creds + !!o->nkey_file > 1)
		return err_say(err, -EINVAL,
			"--user-file, --token-file, --creds and --nkey-file exclude each other");
	if (!o->nkey_file != !o->nkey)
		return err_say(err, -EINVAL,
			"--nkey-file, with the seed, and --nkey, the public key, go together");
	if (!o->tls_cert != !o->tls_key)
		return err_say(err, -EINVAL, "--tls-cert and --tls-key go together");
	return 0;
}

#ifdef NSWATCH_STATIC
int broker_open(const struct broker_opts *o, const char *name, struct broker **ret, struct err *err)
{
	return err_say(err, -ENOPKG, "the static build of nswatch speaks to no broker");
}

void broker_close(struct broker *b)
{
}

int broker_stream(struct broker *b, const struct broker_opts *o, const struct broker_stream *make,
	bool *ret_made, struct err *err)
{
	return -ENOPKG;
}

int broker_fd(const struct broker *b)
{
	return -1;
}

void broker_seen(struct broker *b)
{
}

void broker_wake(struct broker *b)
{
}

bool broker_connected(const struct broker *b)
{
	return false;
}

unsigned int broker_reconnects(const struct broker *b)
{
	return 0;
}

int broker_closed(const struct broker *b, struct err *err)
{
	return 0;
}
#else

#include "broker/connection.h"

#define CONNECT_MS    2000 /* for one server */
#define WRITE_MS      5000 /* a server that takes nothing as long is lost */
#define PING_MS       5000 /* two are not answered: the connection is lost */
#define RECONNECT_MS  250  /* doubled with each attempt at all servers, up to: */
#define RECONNECT_MAX 10000

/* --- secrets --------------------------------------------------------------------------------- */

/* The lines of a file, as many as are wanted, each ended by NUL. */
static int secret_read(const char *path, size_t lines, struct buf *b, struct err *err)
{
	int r = buf_read_file(b, AT_FDCWD, path, SECRET_MAX);
	size_t n = 1;

	if (r)
		return err_set(err, r, "read %s", path);
	while (b->len && (b->s[b->len - 1] == '\n' || b->s[b->len - 1] == '\r'))
		b->s[--b->len] = '\0';
	for (size_t i = 0; i < b->len; i++)
		if (b->s[i] == '\n') {
			b->s[i] = '\0';
			n++;
		}
	if (b->len && n == lines)
		return 0;
	return err_say(err, -EINVAL, "%s: %s", path,
		lines == 1 ? "it should have one line"
			   : "it should have two lines: the user and the password");
}

static int secrets_set(const struct broker_opts *o, natsOptions *opts, struct err *err)
{
	auto_buf struct buf b = {0};
	const char *of = o->user_file ?: o->token_file ?: o->creds ?: o->nkey_file;
	natsStatus s = NATS_OK;
	int r = 0;

	if (o->user_file || o->token_file)
		r = secret_read(of, o->user_file ? 2 : 1, &b, err);
	else if (of && access(of, R_OK))
		r = err_set(err, -errno, "read %s", of);
	if (r)
		return r;
	if (o->user_file)
		s = nats.natsOptions_SetUserInfo(opts, b.s, b.s + strlen(b.s) + 1);
	else if (o->token_file)
		s = nats.natsOptions_SetToken(opts, b.s);
	else if (o->creds)
		s = nats.natsOptions_SetUserCredentialsFromFiles(opts, o->creds, NULL);
	else if (o->nkey_file)
		s = nats.natsOptions_SetNKeyFromSeed(opts, o->nkey, o->nkey_file);
	if (b.len)
		explicit_bzero(b.s, b.len);
	return s == NATS_OK ? 0 : err_say(err, -EINVAL, "%s: %s", of, nats.natsStatus_GetText(s));
}

static int tls_set(const struct broker_opts *o, natsOptions *opts, struct err *err)
{
	const char *files[] = {o->tls_ca, o->tls_cert, o->tls_key};
	natsStatus s = NATS_OK;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		if (files[i] && access(files[i], R_OK))
			return err_set(err, -errno, "read %s", files[i]);
	if (o->tls_ca || o->tls_cert)
		s = nats.natsOptions_SetSecure(opts, true);
	if (s == NATS_OK && o->tls_ca)
		s = nats.natsOptions_LoadCATrustedCertificates(opts, o->tls_ca);
	if (s != NATS_OK)
		return err_say(err, -EINVAL, "%s: no certificates of PEM", o->tls_ca);
	if (o->tls_cert)
		s = nats.natsOptions_LoadCertificatesChain(opts, o->tls_cert, o->tls_key);
	return s == NATS_OK ? 0
			    : err_say(err, -EINVAL, "%s, %s: no certificate of PEM and its key",
				      o->tls_cert, o->tls_key);
}

/* --- what the threads of libnats tell --------------------------------------------------------- */

static void on_change(natsConnection *nc, void *ctx)
{
	(void)nc;
	broker_wake(ctx);
}

static void on_reconnect(natsConnection *nc, void *ctx)
{
	struct broker *b = ctx;

	(void)nc;
	atomic_fetch_add(&b->reconnects, 1);
	broker_wake(b);
}

static void on_close(natsConnection *nc, void *ctx)
{
	struct broker *b = ctx;
	const char *text = NULL;

	if (nats.natsConnection_GetLastError(nc, &text) == NATS_CONNECTION_AUTH_FAILED)
		atomic_store(&b->refused, true);
	atomic_store(&b->closed, true);
	broker_wake(b);
}

/* Without a handler the library writes to stderr. What matters comes by the others. */
static void on_error(natsConnection *nc, natsSubscription *sub, natsStatus s, void *ctx)
{
	struct broker *b = ctx;

	(void)nc;
	(void)sub;
	if (s != NATS_MISSED_HEARTBEAT && s != NATS_MISMATCH)
		return;
	atomic_fetch_add(&b->faults, 1);
	broker_wake(b);
}

static int64_t reconnect_delay(natsConnection *nc, int attempts, void *ctx)
{
	int64_t ms = RECONNECT_MS;

	(void)nc;
	(void)ctx;
	for (int i = 1; i < attempts && ms < RECONNECT_MAX; i++)
		ms *= 2;
	return ms < RECONNECT_MAX ? ms : RECONNECT_MAX;
}

/* --- beginning and end ------------------------------------------------------------------------ */

static int options_set(struct broker *b, const struct broker_opts *o, const char *name,
	natsOptions *opts, struct err *err)
{
	auto_buf struct buf text = {0};
	size_t at[SERVERS_MAX];
	const char *urls[SERVERS_MAX];
	int n = servers_split(o->servers, &text, at, err);
	natsStatus s;

	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		urls[i] = text.s + at[i];
	s = nats.natsOptions_SetServers(opts, urls, n);
	if (s != NATS_OK)
		return url_wrong(o->servers, nats.natsStatus_GetText(s), err);
	nats.natsOptions_SetName(opts, name);
	nats.natsOptions_SetTimeout(opts, CONNECT_MS);
	nats.natsOptions_SetPingInterval(opts, PING_MS);
	nats.natsOptions_SetMaxPingsOut(opts, 2);
	nats.natsOptions_SetWriteDeadline(opts, WRITE_MS);
	nats.natsOptions_SetMaxReconnect(opts, -1);
	nats.natsOptions_SetCustomReconnectDelay(opts, reconnect_delay, NULL);
	nats.natsOptions_SetDisconnectedCB(opts, on_change, b);
	nats.natsOptions_SetReconnectedCB(opts, on_reconnect, b);
	nats.natsOptions_SetClosedCB(opts, on_close, b);
	nats.natsOptions_SetErrorHandler(opts, on_error, b);
	return 0;
}

static int connect_failed(const char *servers, natsStatus s, struct err *err)
{
	natsStatus last = s;
	const char *text = nats.nats_GetLastError(&last);

	switch (s) {
	case NATS_CONNECTION_AUTH_FAILED:
	case NATS_NOT_PERMITTED:
		return err_say(err, -EACCES, "%s: the server refuses the credentials", servers);
	case NATS_SSL_ERROR:
	case NATS_SECURE_CONNECTION_WANTED:
	case NATS_SECURE_CONNECTION_REQUIRED:
		return err_say(err, -EPROTO, "%s: no agreement on TLS: %.200s", servers,
			text && *text ? text : nats.natsStatus_GetText(s));
	case NATS_PROTOCOL_ERROR:
		return err_say(err, -EPROTO,
			"%s: the server ends the connection at once, as for a client certificate "
			"that is missing, expired or of somebody else",
			servers);
	case NATS_NO_MEMORY:
		return err_set(err, -ENOMEM, "%s", servers);
	default:
		return err_say(err, -EHOSTUNREACH, "%s: no server answers: %.200s", servers,
			nats.natsStatus_GetText(s));
	}
}

int broker_open(const struct broker_opts *o, const char *name, struct broker **ret, struct err *err)
{
	struct broker *b;
	natsOptions *opts = NULL;
	natsStatus s;
	int r = nats_load(err);

	if (r)
		return r;
	b = calloc(1, sizeof(*b));
	if (!b || nats.natsOptions_Create(&opts) != NATS_OK) {
		free(b);
		return err_set(err, -ENOMEM, "%s", o->servers);
	}
	b->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	r = b->wake < 0 ? err_set(err, -errno, "make an eventfd") : 0;
	if (!r)
		r = options_set(b, o, name, opts, err);
	if (!r)
		r = secrets_set(o, opts, err);
	if (!r)
		r = tls_set(o, opts, err);
	s = r ? NATS_ERR : nats.natsConnection_Connect(&b->nc, opts);
	if (!r && s != NATS_OK)
		r = connect_failed(o->servers, s, err);
	if (!r && nats.natsConnection_JetStream(&b->js, b->nc, NULL) != NATS_OK)
		r = err_set(err, -ENOMEM, "%s", o->servers);
	nats.natsOptions_Destroy(opts);
	if (r) {
		broker_close(b);
		return r;
	}
	*ret = b;
	return 0;
}

void broker_close(struct broker *b)
{
	if (!b)
		return;
	if (b->js)
		nats.jsCtx_Destroy(b->js);
	if (b->nc) {
		nats.natsConnection_Close(b->nc);
		nats.natsConnection_Destroy(b->nc);
	}
	/* What its threads still had to tell is told: then b may go. */
	nats.nats_CloseAndWait(2000);
	if (b->wake >= 0)
		close(b->wake);
	free(b);
}

int broker_fd(const struct broker *b)
{
	return b->wake;
}

void broker_seen(struct broker *b)
{
	eventfd_t v;

	eventfd_read(b->wake, &v);
}

void broker_wake(struct broker *b)
{
	eventfd_write(b->wake, 1);
}

bool broker_connected(const struct broker *b)
{
	return nats.natsConnection_Status(b->nc) == NATS_CONN_STATUS_CONNECTED;
}

unsigned int broker_reconnects(const struct broker *b)
{
	return atomic_load(&b->reconnects);
}

int broker_closed(const struct broker *b, struct err *err)
{
	if (!atomic_load(&b->closed))
		return 0;
	if (atomic_load(&b->refused))
		return err_say(err, -EACCES, "the servers refuse the credentials");
	return err_say(err, -ECONNRESET, "the connection to the servers was closed");
}

/* --- the stream ------------------------------------------------------------------------------- */

static bool covers_subjects(const jsStreamConfig *c)
{
	static const char *const all[] = {BROKER_SUBJECTS, "nswatch.>", ">"};

	for (int i = 0; i < c->SubjectsLen; i++)
		for (size_t k = 0; k < ARRAY_SIZE(all); k++)
			if (!strcmp(c->Subjects[i], all[k]))
				return true;
	return false;
}

static int stream_failed(const char *what, const char *name, natsStatus s, struct err *err)
{
	natsStatus last = s;
	const char *text = nats.nats_GetLastError(&last);

	if (!text || !*text)
		text = nats.natsStatus_GetText(s);
	switch (s) {
	case NATS_TIMEOUT:
	case NATS_CONNECTION_DISCONNECTED:
	case NATS_CONNECTION_CLOSED:
		return err_say(err, -EHOSTUNREACH, "stream %s: JetStream does not answer", name);
	case NATS_NO_RESPONDERS:
		return err_say(err, -EOPNOTSUPP,
			"stream %s: the server has no JetStream for this account", name);
	default:
		return err_say(err, -EREMOTEIO, "%s stream %s: %.200s", what, name, text);
	}
}

static int stream_make(
	struct broker *b, const char *name, const struct broker_stream *make, struct err *err)
{
	const char *subjects[] = {BROKER_SUBJECTS};
	jsStreamConfig c;
	jsErrCode code = 0;
	natsStatus s;

	nats.jsStreamConfig_Init(&c);
	c.Name = name;
	c.Description = "events of Linux namespaces, of nswatch ship";
	c.Subjects = subjects;
	c.SubjectsLen = 1;
	c.Replicas = make->replicas ? (int64_t)make->replicas : 1;
	c.MaxAge = (int64_t)make->max_age_ns;
	if (make->max_bytes)
		c.MaxBytes = (int64_t)make->max_bytes;
	c.Duplicates = (int64_t)make->duplicates_ns;
	s = nats.js_AddStream(NULL, b->js, &c, NULL, &code);
	return s == NATS_OK ? 0 : stream_failed("make", name, s, err);
}

int broker_stream(struct broker *b, const struct broker_opts *o, const struct broker_stream *make,
	bool *ret_made, struct err *err)
{
	const char *name = o->stream ? o->stream : BROKER_STREAM;
	jsStreamInfo *info = NULL;
	jsErrCode code = 0;
	natsStatus s = nats.js_GetStreamInfo(&info, b->js, name, NULL, &code);
	int r = 0;

	if (s == NATS_NOT_FOUND && !make)
		return err_say(err, -ENOENT, "the servers have no stream %s", name);
	if (s == NATS_NOT_FOUND) {
		r = stream_make(b, name, make, err);
		if (!r)
			*ret_made = true;
		return r;
	}
	if (s != NATS_OK)
		return stream_failed("ask for", name, s, err);
	if (!covers_subjects(info->Config))
		r = err_say(err, -EREMOTEIO, "stream %s does not take the subjects %s", name,
			BROKER_SUBJECTS);
	nats.jsStreamInfo_Destroy(info);
	if (!r)
		*ret_made = false;
	return r;
}
#endif
