/* How the shell speaks to agents: where one is, and who we are to it. */
#include "adapter/kubelet_state.h"
#include "adapter/shell_state.h"
#include "base/clock.h"

#define CREDENTIALS_LOOK_MS 10000

/* What cannot be read leaves what was read before. */
static void look_at_credentials(struct shell *shell)
{
	struct shell_agents *a = &shell->agents;
	struct mesos_files from = settings_mesos_files(shell->settings);
	struct mesos_credentials fresh;
	struct err e = {0};
	int64_t now = clock_steady_ms();
	if (a->known && (now - a->looked_ms < CREDENTIALS_LOOK_MS || !file_set_changed(&a->credentials.files))) {
		return;
	}
	a->looked_ms = now;
	if (mesos_credentials_read(&from, &fresh, &e) < 0) {
		fact_credentials("Mesos agents", &e);
		return;
	}
	mesos_credentials_done(&a->credentials);
	a->credentials = fresh;
	a->known = true;
}

int shell_agent_at(struct shell *shell, const char *agent_id, char *url, struct mesos_agent *ret, struct err *e)
{
	struct core_agent_look look;
	const struct mesos_credentials *c = &shell->agents.credentials;
	if (core_look_agent(shell->core, agent_id, &look) < 0 || !kubelet_url(&look, url)) {
		return err_set(e, ERR_BUSY, KUBELET_AGENT_UNKNOWN);
	}
	look_at_credentials(shell);
	if (!shell->agents.known) {
		return err_set(e, ERR_BUSY, "our credentials for Mesos agents cannot be read");
	}
	*ret = (struct mesos_agent){
	    .http = shell->http,
	    .url = url,
	    .user = c->secret ? shell->settings->principal : NULL,
	    .password = c->secret,
	    .tls = mesos_credentials_tls(c),
	};
	return 0;
}

void shell_agents_look_again(struct shell *shell)
{
	shell->agents.looked_ms = INT64_MIN / 2;
}

void shell_agents_done(struct shell *shell)
{
	mesos_credentials_done(&shell->agents.credentials);
}
