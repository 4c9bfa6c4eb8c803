/* Runs a fuzz target over files or folders of files, so that ordinary tests replay each corpus. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int replay_file(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f) {
		perror(path);
		return -1;
	}
	struct stat st;
	if (fstat(fileno(f), &st) < 0) {
		fclose(f);
		return -1;
	}
	/* Exactly sized, so that a sanitizer sees one byte too far. */
	uint8_t *data = xmalloc((size_t)st.st_size);
	size_t n = fread(data, 1, (size_t)st.st_size, f);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
	return 0;
}

static int replay(const char *path)
{
	DIR *dir = opendir(path);
	if (!dir) {
		return replay_file(path) < 0 ? -1 : 1;
	}
	int count = 0;
	for (struct dirent *d; (d = readdir(dir)) != NULL;) {
		if (d->d_name[0] == '.') {
			continue;
		}
		CLEANUP_FREE char *child = xasprintf("%s/%s", path, d->d_name);
		int n = replay(child);
		if (n < 0) {
			closedir(dir);
			return -1;
		}
		count += n;
	}
	closedir(dir);
	return count;
}

int main(int argc, char **argv)
{
	int count = 0;
	for (int i = 1; i < argc; i++) {
		int n = replay(argv[i]);
		if (n < 0) {
			return 1;
		}
		count += n;
	}
	printf("%d inputs replayed\n", count);
	return count ? 0 : 1;
}
