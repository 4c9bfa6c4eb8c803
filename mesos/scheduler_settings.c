#include "mesos/scheduler_settings.h"

#include <stdlib.h>

#include "base/mem.h"
#include "mesos/master_url.h"

/* xstrdup answers NULL for NULL; free() gives the constness back. */
static void drop(const char *s)
{
	free((char *)(uintptr_t)s);
}

static void copy_framework(struct mesos_framework *to, const struct mesos_framework *from)
{
	*to = *from;
	to->id = NULL;
	to->name = xstrdup(from->name);
	to->user = xstrdup(from->user);
	to->principal = xstrdup(from->principal);
	to->hostname = xstrdup(from->hostname);
	to->webui_url = xstrdup(from->webui_url);
	const char **roles = xcalloc(from->n_roles + 1, sizeof(*roles));
	for (size_t i = 0; i < from->n_roles; i++) {
		roles[i] = xstrdup(from->roles[i]);
	}
	to->roles = roles;
}

static void free_framework(struct mesos_framework *f)
{
	drop(f->id);
	drop(f->name);
	drop(f->user);
	drop(f->principal);
	drop(f->hostname);
	drop(f->webui_url);
	for (size_t i = 0; i < f->n_roles; i++) {
		drop(f->roles[i]);
	}
	free((void *)(uintptr_t)f->roles);
}

static struct http_tls copy_tls(const struct http_tls *tls)
{
	return (struct http_tls){.ca_pem = xstrdup(tls->ca_pem),
				 .ca_file = xstrdup(tls->ca_file),
				 .cert_pem = xstrdup(tls->cert_pem),
				 .cert_file = xstrdup(tls->cert_file),
				 .key_pem = xstrdup(tls->key_pem),
				 .key_file = xstrdup(tls->key_file),
				 .server_name = xstrdup(tls->server_name),
				 .insecure = tls->insecure};
}

static void free_tls(struct http_tls *tls)
{
	drop(tls->ca_pem);
	drop(tls->ca_file);
	drop(tls->cert_pem);
	drop(tls->cert_file);
	drop(tls->key_pem);
	drop(tls->key_file);
	drop(tls->server_name);
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value > 0 ? value : otherwise;
}

static int copy_masters(struct scheduler_settings *settings, const struct mesos_scheduler_config *config, struct err *e)
{
	if (config->n_masters == 0) {
		return err_set(e, ERR_INVALID, "no master is configured");
	}
	if (config->n_masters > MESOS_MASTERS_MAX) {
		return err_set(e, ERR_LIMIT, "%zu masters are configured, at most %d are taken", config->n_masters,
			       MESOS_MASTERS_MAX);
	}
	for (size_t i = 0; i < config->n_masters; i++) {
		if (master_url_of_config(config->masters[i], &settings->masters[i], e) < 0) {
			return -1;
		}
		settings->n_masters++;
	}
	return 0;
}

int scheduler_settings_init(struct scheduler_settings *settings, const struct mesos_scheduler_config *config,
			    struct err *e)
{
	*settings = (struct scheduler_settings){0};
	if (config->backoff_min_ms <= 0 || config->backoff_max_ms < config->backoff_min_ms) {
		return err_set(e, ERR_INVALID, "back-off must be above 0 and its maximum not below its minimum");
	}
	if (copy_masters(settings, config, e) < 0) {
		scheduler_settings_done(settings);
		return -1;
	}
	copy_framework(&settings->framework, &config->framework);
	settings->stream = (struct http_spec){.method = "POST",
					      .connect_timeout_ms = config->connect_timeout_ms,
					      .tls = config->tls ? copy_tls(config->tls) : (struct http_tls){0},
					      .user = xstrdup(config->user),
					      .password = xstrdup(config->password)};
	settings->call = settings->stream;
	settings->call.timeout_ms = or_default(config->call_timeout_ms, MESOS_CALL_TIMEOUT_MS);
	settings->subscribe_timeout_ms = or_default(config->subscribe_timeout_ms, MESOS_SUBSCRIBE_TIMEOUT_MS);
	settings->backoff_min_ms = config->backoff_min_ms;
	settings->backoff_max_ms = config->backoff_max_ms;
	return 0;
}

void scheduler_settings_done(struct scheduler_settings *settings)
{
	for (size_t i = 0; i < settings->n_masters; i++) {
		free(settings->masters[i]);
	}
	free_framework(&settings->framework);
	free_tls(&settings->stream.tls);
	drop(settings->stream.user);
	drop(settings->stream.password);
	*settings = (struct scheduler_settings){0};
}

void scheduler_settings_framework_id(struct scheduler_settings *settings, const char *id)
{
	char *copy = xstrdup(id);
	drop(settings->framework.id);
	settings->framework.id = copy;
}
