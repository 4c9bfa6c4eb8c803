#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "tests/simulate/sim.h"

void sim_trace(struct sim *sim, const char *who, const char *fmt, ...)
{
	if (!sim->options.trace) {
		return;
	}
	va_list ap;
	va_start(ap, fmt);
	printf("%9" PRId64 ".%03d %-8s ", (sim->now - SIM_START_MS) / 1000, (int)((sim->now - SIM_START_MS) % 1000),
	       who);
	vprintf(fmt, ap);
	putchar('\n');
	va_end(ap);
}
