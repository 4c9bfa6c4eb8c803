/* The calls that this Mesos understands, as tables for proto.h. Source: v1/scheduler.proto, v1/master.proto,
 * v1/agent.proto, v1/mesos.proto. */
#ifndef SANDBOX_MESOS_CALLS_H
#define SANDBOX_MESOS_CALLS_H

#include "tests/sandbox/mesos/proto.h"

extern const struct proto_message call_message_scheduler;
extern const struct proto_message mesos_master_call;
extern const struct proto_message mesos_agent_call;

#endif
