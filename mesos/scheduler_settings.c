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

static void free_files(struct mesos_files *f)
{
	drop(f->secret);
	drop(f->ca);
	drop(f->cert);
	drop(f->key);
}

/* Requests from now on go by these. */
static void use_credentials(struct scheduler_settings *settings)
{
	settings->stream.tls = settings->call.tls = mesos_credentials_tls(&settings->credentials);
	settings->stream.password = settings->call.password = settings->credentials.secret;
}

int scheduler_settings_look(struct scheduler_settings *settings, struct err *e)
{
	struct mesos_credentials fresh;
	if (!file_set_changed(&settings->credentials.files)) {
		return 0;
	}
	if (mesos_credentials_read(&settings->files, &fresh, e) < 0) {
		return -1;
	}
	bool same = mesos_credentials_equal(&settings->credentials, &fresh);
	mesos_credentials_done(&settings->credentials);
	settings->credentials = fresh;
	use_credentials(settings);
	return !same;
}

static int64_t or_default(int64_t value, int64_t otherwise)
{
	return value > 0 ? value : otherwise;
}

static void free_masters(struct scheduler_settings *settings)
{
	for (size_t i = 0; i < settings->n_masters; i++) {
		free(settings->masters[i]);
	}
	settings->n_masters = 0;
}

static int copy_masters(struct scheduler_settings *settings, const struct mesos_scheduler_config *config, struct err *e)
{
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
	if (mesos_credentials_read(&config->files, &settings->credentials, e) < 0) {
		return -1;
	}
	if (copy_masters(settings, config, e) < 0) {
		scheduler_settings_done(settings);
		return -1;
	}
	settings->files = (struct mesos_files){.secret = xstrdup(config->files.secret),
					       .ca = xstrdup(config->files.ca),
					       .cert = xstrdup(config->files.cert),
					       .key = xstrdup(config->files.key)};
	copy_framework(&settings->framework, &config->framework);
	settings->stream = (struct http_spec){
	    .method = "POST", .connect_timeout_ms = config->connect_timeout_ms, .user = xstrdup(config->user)};
	settings->call = settings->stream;
	use_credentials(settings);
	settings->call.timeout_ms = or_default(config->call_timeout_ms, MESOS_CALL_TIMEOUT_MS);
	settings->subscribe_timeout_ms = or_default(config->subscribe_timeout_ms, MESOS_SUBSCRIBE_TIMEOUT_MS);
	settings->backoff_min_ms = config->backoff_min_ms;
	settings->backoff_max_ms = config->backoff_max_ms;
	return 0;
}

void scheduler_settings_done(struct scheduler_settings *settings)
{
	free_masters(settings);
	free_framework(&settings->framework);
	free_files(&settings->files);
	mesos_credentials_done(&settings->credentials);
	drop(settings->stream.user);
	*settings = (struct scheduler_settings){0};
}

int scheduler_settings_lead(struct scheduler_settings *settings, const char *master, struct err *e)
{
	char *url = NULL;
	if (master && master_url_of_config(master, &url, e) < 0) {
		return -1;
	}
	free_masters(settings);
	settings->masters[0] = url;
	settings->n_masters = url ? 1 : 0;
	return 0;
}

void scheduler_settings_framework_id(struct scheduler_settings *settings, const char *id)
{
	char *copy = xstrdup(id);
	drop(settings->framework.id);
	settings->framework.id = copy;
}
