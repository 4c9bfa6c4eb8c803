/* A process for tests of exec and attach: writes down what it is asked for, one line each. */
#ifndef TESTS_UNIT_KUBE_SCRIPTED_PROCESS_H
#define TESTS_UNIT_KUBE_SCRIPTED_PROCESS_H

#include <string.h>

#include "base/buf.h"
#include "kube/remote.h"

struct scripted_process {
	struct buf told;
};

static void told(void *arg, const char *what)
{
	struct scripted_process *p = arg;
	buf_printf(&p->told, "%s%s", p->told.len ? "\n" : "", what);
}

static void script_start(void *arg)
{
	told(arg, "start");
}

static void script_input(void *arg, const void *bytes, size_t n)
{
	told(arg, "input ");
	buf_append(&((struct scripted_process *)arg)->told, bytes, n);
}

static void script_input_end(void *arg)
{
	told(arg, "input ends");
}

static void script_resize(void *arg, uint16_t columns, uint16_t rows)
{
	told(arg, "resize ");
	buf_printf(&((struct scripted_process *)arg)->told, "%ux%u", columns, rows);
}

static void script_hold_output(void *arg, bool hold)
{
	told(arg, hold ? "hold" : "go on");
}

static void script_cancel(void *arg)
{
	told(arg, "cancel");
}

static const struct remote_process scripted_process = {script_start,  script_input,	  script_input_end,
						       script_resize, script_hold_output, script_cancel};

#endif
