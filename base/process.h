/* What this process takes of the machine, as the kernel counts it. */
#ifndef BASE_PROCESS_H
#define BASE_PROCESS_H

#include <stdint.h>

struct process_usage {
	double cpu_s;	/* user and system, since the start */
	double rss;	/* resident memory, bytes */
	double fds;	/* open descriptors */
	double max_fds; /* that may be open */
};

/* What cannot be read is 0. */
struct process_usage process_usage(void);

/* From now on as many descriptors may be open as the system allows this process; often that is far more than it is
 * started with. */
void process_allow_descriptors(void);

#endif
