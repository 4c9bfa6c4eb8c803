#include "translate/written.h"

#include <inttypes.h>
#include <string.h>

#include "base/i64.h"
#include "base/mem.h"
#include "base/tar.h"

#define TOKEN_LIFE_PART 80			      /* hundredths: then it is renewed, as by a kubelet … */
#define TOKEN_LIFE_MAX_MS ((int64_t)24 * 3600 * 1000) /* … and after so long at the latest */
#define END "_end"				      /* no volume is called so */
#define HASH_BASIS 14695981039346656037U	      /* FNV-1a */
#define HASH_PRIME 1099511628211U

/* In the executor's directory, from that of a task. What is in "_new" is whole when END is there; one directory in it
 * for each volume, and in that ..HASH. */
static const char script[] =
    "set -e\n"
    "umask 022\n"
    "cd \"$MESOS_SANDBOX/../..\"\n"
    "[ -d containers ] || { echo 'no executor has its directory here' >&2; exit 1; }\n"
    "mkdir -p " WRITTEN_DIRECTORY "\n"
    "chmod 0755 " WRITTEN_DIRECTORY "\n"
    "cd " WRITTEN_DIRECTORY "\n"
    "rm -rf _new\n"
    "mkdir -m 0700 _new\n"
    "tar -xmopf - -C _new\n"
    "[ -e _new/" END " ] || { echo 'the files have not come whole' >&2; exit 1; }\n"
    "for new in _new/*; do\n"
    "  [ -d \"$new\" ] || continue\n"
    "  to=${new#_new/}\n"
    "  for data in \"$new\"/..*; do data=${data##*/}; case $data in .|..) ;; *) break;; esac; done\n"
    "  mkdir -p \"$to\"\n"
    "  chmod 0755 \"$to\"\n"
    "  [ -d \"$to/$data\" ] || mv \"$new/$data\" \"$to/$data\"\n"
    "  if [ \"$(readlink \"$to/..data\" || :)\" != \"$data\" ]; then\n"
    "    rm -f \"$to/..data_new\"\n"
    "    ln -s \"$data\" \"$to/..data_new\"\n"
    "    mv -fT \"$to/..data_new\" \"$to/..data\"\n"
    "  fi\n"
    "  for path in \"$to/$data\"/* \"$to/$data\"/.[!.]*; do\n"
    "    name=${path##*/}\n"
    "    [ -e \"$path\" ] || continue\n"
    "    [ -L \"$to/$name\" ] || ln -s \"..data/$name\" \"$to/$name\"\n"
    "  done\n"
    "  for path in \"$to\"/* \"$to\"/.[!.]*; do\n"
    "    [ -e \"$path\" ] || rm -f \"$path\"\n"
    "  done\n"
    "  for path in \"$to\"/..*; do\n"
    "    case ${path##*/} in .|..|..data|\"$data\") ;; *) rm -rf \"$path\";; esac\n"
    "  done\n"
    "done\n"
    "rm -rf _new\n";

const char *const written_command[WRITTEN_COMMAND_WORDS] = {"/bin/sh", "-c", script};

bool container_writes(const struct kube_container *c)
{
	for (size_t i = 0; i < c->n_mounts; i++) {
		if (c->mounts[i].volume->written) {
			return true;
		}
	}
	return false;
}

static bool any_writes(const struct kube_container *c, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (container_writes(&c[i])) {
			return true;
		}
	}
	return false;
}

bool pod_writes(const struct kube_pod *pod)
{
	return any_writes(pod->init_containers, pod->n_init_containers) ||
	       any_writes(pod->containers, pod->n_containers);
}

int written_check(const struct volume_files *files, struct err *e)
{
	for (size_t i = 0; i < files->n; i++) {
		if (!strncmp(files->v[i].path, "..", 2)) {
			return err_set(e, ERR_UNSUPPORTED, "no file may begin with \"..\": %.253s", files->v[i].path);
		}
	}
	return 0;
}

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	for (const unsigned char *p = bytes, *end = p + n; p < end; p++) {
		hash = (hash ^ *p) * HASH_PRIME;
	}
	return hash;
}

static uint64_t hash_of(const struct volume_files *files)
{
	uint64_t hash = HASH_BASIS;
	for (size_t i = 0; i < files->n; i++) {
		const struct volume_file *f = &files->v[i];
		uint64_t n = f->n;
		hash = mix(hash, f->path, strlen(f->path) + 1);
		hash = mix(hash, &f->mode, sizeof(f->mode));
		hash = mix(hash, &n, sizeof(n));
		hash = mix(hash, f->bytes, f->n);
	}
	return hash ? hash : 1;
}

int written_hash(const struct kube_pod *pod, const struct kube_volume *v, const struct pod_site *site, uint64_t *ret,
		 struct err *e)
{
	struct volume_files files;
	if (volume_files_collect(&files, pod, v, false, site, e)) {
		return -1;
	}
	*ret = hash_of(&files);
	volume_files_done(&files);
	return 0;
}

/* ---- how long it holds ---- */

struct duration {
	const struct pod_site *site;
	int64_t now, renew_ms;
	bool fixed;
};

static void shorten(void *arg, const struct kube_source_ref *ref)
{
	struct duration *d = arg;
	const struct kube_source *source = kube_sources_find(&d->site->sources, ref);
	d->fixed = d->fixed && source && source->immutable;
	if (ref->kind == KUBE_SOURCE_TOKEN) {
		int64_t life = source && source->expires_ms > d->now ? source->expires_ms - d->now : TOKEN_LIFE_MAX_MS;
		life = i64_min(life * TOKEN_LIFE_PART / 100, TOKEN_LIFE_MAX_MS);
		d->renew_ms = i64_min(d->renew_ms, d->now + life);
	}
}

int64_t written_renew(const struct kube_pod *pod, const struct kube_volume *v, const struct pod_site *site, int64_t now,
		      bool *ret_fixed)
{
	struct duration d = {.site = site, .now = now, .renew_ms = INT64_MAX, .fixed = true};
	volume_refs(pod, v, true, shorten, &d);
	*ret_fixed = d.fixed;
	return d.renew_ms;
}

bool written_values_differ(const struct kube_volume *a, const struct kube_volume *b)
{
	for (size_t i = 0; i < a->n_files && i < b->n_files; i++) {
		const struct kube_value_from *x = a->files[i].from, *y = b->files[i].from;
		if (x && y && x->kind == KUBE_VALUE_TEXT && y->kind == KUBE_VALUE_TEXT && strcmp(x->key, y->key) != 0) {
			return true;
		}
	}
	return false;
}

/* ---- the archive ---- */

static int put_files(struct buf *archive, const struct kube_volume *v, const struct volume_files *files)
{
	CLEANUP_FREE char *top = xasprintf("%s/..%016" PRIx64, v->name, hash_of(files));
	int bad = tar_put_directory(archive, top, 0755);
	for (size_t i = 0; i < files->n && !bad; i++) {
		const struct volume_file *f = &files->v[i];
		CLEANUP_FREE char *path = xasprintf("%s/%s", top, f->path);
		bad = tar_put_file(archive, path, f->mode, f->bytes, f->n);
	}
	return bad;
}

static int full(struct err *e)
{
	return err_set(e, ERR_LIMIT, "more than %zu bytes of files with their names", WRITTEN_ARCHIVE_MAX);
}

int written_put(struct buf *archive, const struct kube_pod *pod, const struct kube_volume *v,
		const struct pod_site *site, struct err *e)
{
	struct volume_files files;
	if (volume_files_collect(&files, pod, v, true, site, e)) {
		return -1;
	}
	int bad = put_files(archive, v, &files);
	volume_files_done(&files);
	if (bad) {
		full(e);
		return err_wrap(e, VOLUME_FAILED, v->name);
	}
	return 0;
}

int written_end(struct buf *archive, struct err *e)
{
	return tar_put_file(archive, END, 0600, "", 0) || tar_end(archive) ? full(e) : 0;
}
