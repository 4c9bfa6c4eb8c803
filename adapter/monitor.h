/* What an operator and Kubernetes may ask over HTTP: /metrics, /healthz, /readyz.
 *
 * Plain HTTP without authentication: what is said has no secrets and no names of pods, and by default only this machine
 * can ask.
 */
#ifndef ADAPTER_MONITOR_H
#define ADAPTER_MONITOR_H

#include <uv.h>

#include "adapter/settings.h"
#include "adapter/shell.h"

struct monitor;
/* Borrows the shell, which must outlive it. NULL when it cannot listen. Not to be called without an address. */
struct monitor *monitor_new(uv_loop_t *loop, const struct settings *settings, struct shell *shell, struct err *e);
void monitor_free(struct monitor *monitor);

#endif
