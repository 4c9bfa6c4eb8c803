#include "adapter/identity.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/backoff.h"
#include "base/file.h"
#include "base/mem.h"

#define BOOT_ID "/proc/sys/kernel/random/boot_id"
#define NETWORK "/proc/self/ns/net"
#define BOOT_ID_MAX 64
#define HOST_MAX 64
#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	for (const unsigned char *p = bytes; n > 0; p++, n--) {
		hash = (hash ^ *p) * FNV_PRIME;
	}
	return hash;
}

/* The same for all that share the abstract sockets with us, and only for them. */
static int hash_place(uint64_t *ret)
{
	struct stat st;
	CLEANUP_FREE char *boot = file_read(BOOT_ID, BOOT_ID_MAX, NULL, NULL);
	if (!boot || !*boot || stat(NETWORK, &st) < 0) {
		return -1;
	}
	uint64_t hash = mix(FNV_BASIS, boot, strlen(boot));
	hash = mix(hash, &st.st_dev, sizeof(st.st_dev));
	*ret = mix(hash, &st.st_ino, sizeof(st.st_ino));
	return 0;
}

/* A descriptor while nobody else has it, or -1. */
static int take_socket(const char *scope)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int n = snprintf(at.sun_path + 1, sizeof(at.sun_path) - 1, "kube-mesos-adapter/%016" PRIx64,
			 mix(FNV_BASIS, scope, strlen(scope)));
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)n);
	if (fd >= 0 && bind(fd, (struct sockaddr *)&at, length) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

char *identity_take(const char *scope, int *ret_fd)
{
	char host[HOST_MAX + 1] = "";
	uint64_t number;
	int fd = -1;
	if (gethostname(host, HOST_MAX) < 0 || !*host) {
		snprintf(host, sizeof(host), "kube-mesos-adapter");
	}
	if (hash_place(&number) == 0) {
		fd = take_socket(scope);
	}
	if (fd < 0) {
		number = RANDOM_SYSTEM.next(NULL);
	}
	*ret_fd = fd;
	return xasprintf("%s_%016" PRIx64, host, number);
}
