#include "tests/sandbox/kube/schema_rows.h"

/* Objects of the named groups. */
const struct schema_row SCHEMA_GROUPS[] = {
    {"ReplicaSet", "metadata#1:ObjectMeta! spec#2:ReplicaSetSpec! status#3:ReplicaSetStatus!"},
    {"Deployment", "metadata#1:ObjectMeta! spec#2:DeploymentSpec! status#3:DeploymentStatus!"},
    {"DaemonSet", "metadata#1:ObjectMeta! spec#2:DaemonSetSpec! status#3:DaemonSetStatus!"},
    {"StatefulSet", "metadata#1:ObjectMeta! spec#2:StatefulSetSpec! status#3:StatefulSetStatus!"},
    {"Job", "metadata#1:ObjectMeta! spec#2:JobSpec! status#3:JobStatus!"},
    {"CronJob", "metadata#1:ObjectMeta! spec#2:CronJobSpec! status#3:CronJobStatus!"},
    {"CertificateSigningRequest", "metadata#1:ObjectMeta! spec#2:CertificateSigningRequestSpec! "
				  "status#3:CertificateSigningRequestStatus!"},
    {"Lease", "metadata#1:ObjectMeta! spec#2:LeaseSpec!"},
    {"events.Event", "metadata#1:ObjectMeta! eventTime#2:MicroTime! series#3:*events.EventSeries "
		     "reportingController#4:string reportingInstance#5:string action#6:string reason#7:string "
		     "regarding#8:ObjectReference! related#9:*ObjectReference note#10:string type#11:string "
		     "deprecatedSource#12:EventSource! deprecatedFirstTimestamp#13:Time! "
		     "deprecatedLastTimestamp#14:Time! deprecatedCount#15:int32"},
    {"PodDisruptionBudget",
     "metadata#1:ObjectMeta! spec#2:PodDisruptionBudgetSpec! status#3:PodDisruptionBudgetStatus!"},
    {"Eviction", "metadata#1:ObjectMeta! deleteOptions#2:*DeleteOptions"},
    {"Role", "metadata#1:ObjectMeta! rules#2:[]PolicyRule!"},
    {"ClusterRole", "metadata#1:ObjectMeta! rules#2:[]PolicyRule! aggregationRule#3:*AggregationRule"},
    {"RoleBinding", "metadata#1:ObjectMeta! subjects#2:[]Subject roleRef#3:RoleRef!"},
    {"ClusterRoleBinding", "metadata#1:ObjectMeta! subjects#2:[]Subject roleRef#3:RoleRef!"},
    {"PriorityClass", "metadata#1:ObjectMeta! value#2:int32! globalDefault#3:bool description#4:string "
		      "preemptionPolicy#5:*string"},
    {"TokenRequest", "metadata#1:ObjectMeta! spec#2:TokenRequestSpec! status#3:TokenRequestStatus!"},
    {"TokenReview", "metadata#1:ObjectMeta! spec#2:TokenReviewSpec! status#3:TokenReviewStatus!"},
    {"SubjectAccessReview",
     "metadata#1:ObjectMeta! spec#2:SubjectAccessReviewSpec! status#3:SubjectAccessReviewStatus!"},
    {"SelfSubjectAccessReview",
     "metadata#1:ObjectMeta! spec#2:SelfSubjectAccessReviewSpec! status#3:SubjectAccessReviewStatus!"},
    {"Scale", "metadata#1:ObjectMeta! spec#2:ScaleSpec! status#3:ScaleStatus!"},
    {"ReplicaSetSpec", "replicas#1:*int32 minReadySeconds#4:int32 selector#2:*LabelSelector! "
		       "template#3:PodTemplateSpec!"},
    {"ReplicaSetStatus",
     "replicas#1:int32! fullyLabeledReplicas#2:int32 readyReplicas#4:int32 availableReplicas#5:int32 "
     "terminatingReplicas#7:*int32 observedGeneration#3:int64 "
     "conditions#6:[]ReplicaSetCondition~type@type"},
    {"DeploymentSpec", "replicas#1:*int32 selector#2:*LabelSelector! template#3:PodTemplateSpec! "
		       "strategy#4:DeploymentStrategy!^ minReadySeconds#5:int32 revisionHistoryLimit#6:*int32 "
		       "paused#7:bool progressDeadlineSeconds#9:*int32"},
    {"DeploymentStatus", "observedGeneration#1:int64 replicas#2:int32 updatedReplicas#3:int32 readyReplicas#7:int32 "
			 "availableReplicas#4:int32 unavailableReplicas#5:int32 terminatingReplicas#9:*int32 "
			 "conditions#6:[]DeploymentCondition~type@type collisionCount#8:*int32"},
    {"DaemonSetSpec",
     "selector#1:*LabelSelector! template#2:PodTemplateSpec! "
     "updateStrategy#3:DaemonSetUpdateStrategy! minReadySeconds#4:int32 revisionHistoryLimit#6:*int32"},
    {"DaemonSetStatus", "currentNumberScheduled#1:int32! numberMisscheduled#2:int32! desiredNumberScheduled#3:int32! "
			"numberReady#4:int32! observedGeneration#5:int64 updatedNumberScheduled#6:int32 "
			"numberAvailable#7:int32 numberUnavailable#8:int32 collisionCount#9:*int32 "
			"conditions#10:[]DaemonSetCondition~type@type"},
    {"StatefulSetSpec", "replicas#1:*int32 selector#2:*LabelSelector! template#3:PodTemplateSpec! "
			"volumeClaimTemplates#4:[]PersistentVolumeClaim serviceName#5:string! "
			"podManagementPolicy#6:string updateStrategy#7:StatefulSetUpdateStrategy! "
			"revisionHistoryLimit#8:*int32 minReadySeconds#9:int32 "
			"persistentVolumeClaimRetentionPolicy#10:*StatefulSetPersistentVolumeClaimRetentionPolicy "
			"ordinals#11:*StatefulSetOrdinals"},
    {"StatefulSetStatus", "observedGeneration#1:int64 replicas#2:int32! readyReplicas#3:int32 currentReplicas#4:int32 "
			  "updatedReplicas#5:int32 currentRevision#6:string updateRevision#7:string "
			  "collisionCount#9:*int32 conditions#10:[]StatefulSetCondition~type@type "
			  "availableReplicas#11:int32!"},
    {"JobSpec", "parallelism#1:*int32 completions#2:*int32 activeDeadlineSeconds#3:*int64 "
		"podFailurePolicy#11:*PodFailurePolicy successPolicy#16:*SuccessPolicy backoffLimit#7:*int32 "
		"backoffLimitPerIndex#12:*int32 maxFailedIndexes#13:*int32 selector#4:*LabelSelector "
		"manualSelector#5:*bool template#6:PodTemplateSpec! ttlSecondsAfterFinished#8:*int32 "
		"completionMode#9:*string suspend#10:*bool podReplacementPolicy#14:*string managedBy#15:*string"},
    {"JobStatus", "conditions#1:[]JobCondition~type startTime#2:*Time completionTime#3:*Time active#4:int32 "
		  "succeeded#5:int32 failed#6:int32 terminating#11:*int32 completedIndexes#7:string "
		  "failedIndexes#10:*string uncountedTerminatedPods#8:*UncountedTerminatedPods ready#9:*int32"},
    {"CronJobSpec", "schedule#1:string! timeZone#8:*string startingDeadlineSeconds#2:*int64 "
		    "concurrencyPolicy#3:string suspend#4:*bool jobTemplate#5:JobTemplateSpec! "
		    "successfulJobsHistoryLimit#6:*int32 failedJobsHistoryLimit#7:*int32"},
    {"CronJobStatus", "active#1:[]ObjectReference lastScheduleTime#4:*Time lastSuccessfulTime#5:*Time"},
    {"CertificateSigningRequestSpec",
     "request#1:bytes! signerName#7:string! expirationSeconds#8:*int32 usages#5:[]string@ username#2:string "
     "uid#3:string groups#4:[]string extra#6:map:[]string"},
    {"CertificateSigningRequestStatus", "conditions#1:[]CertificateSigningRequestCondition@type certificate#2:bytes"},
    {"CertificateSigningRequestCondition", "type#1:string! status#6:string! reason#2:string message#3:string "
					   "lastUpdateTime#4:Time lastTransitionTime#5:Time"},
    {"LeaseSpec", "holderIdentity#1:*string leaseDurationSeconds#2:*int32 acquireTime#3:*MicroTime "
		  "renewTime#4:*MicroTime leaseTransitions#5:*int32 strategy#6:*string preferredHolder#7:*string"},
    {"events.EventSeries", "count#1:int32! lastObservedTime#2:MicroTime!"},
    {"PodDisruptionBudgetSpec", "minAvailable#1:*IntOrString selector#2:*LabelSelector= maxUnavailable#3:*IntOrString "
				"unhealthyPodEvictionPolicy#4:*string"},
    {"PodDisruptionBudgetStatus", "observedGeneration#1:int64 disruptedPods#2:map:Time disruptionsAllowed#3:int32! "
				  "currentHealthy#4:int32! desiredHealthy#5:int32! expectedPods#6:int32! "
				  "conditions#7:[]Condition~type@type"},
    {"PolicyRule", "verbs#1:[]string! apiGroups#2:[]string resources#3:[]string resourceNames#4:[]string "
		   "nonResourceURLs#5:[]string"},
    {"AggregationRule", "clusterRoleSelectors#1:[]LabelSelector"},
    {"Subject%", "kind#1:string! apiGroup#2:string name#3:string! namespace#4:string"},
    {"RoleRef%", "apiGroup#1:string! kind#2:string! name#3:string!"},
    {"TokenRequestSpec", "audiences#1:[]string! expirationSeconds#4:*int64! boundObjectRef#3:*BoundObjectReference!"},
    {"TokenRequestStatus", "token#1:string! expirationTimestamp#2:Time!"},
    {"TokenReviewSpec", "token#1:string audiences#2:[]string"},
    {"TokenReviewStatus", "authenticated#1:bool user#2:UserInfo! audiences#4:[]string error#3:string"},
    {"SubjectAccessReviewSpec",
     "resourceAttributes#1:*ResourceAttributes nonResourceAttributes#2:*NonResourceAttributes "
     "user#3:string groups#4:[]string extra#5:map:[]string uid#6:string"},
    {"SubjectAccessReviewStatus", "allowed#1:bool! denied#4:bool reason#2:string evaluationError#3:string"},
    {"SelfSubjectAccessReviewSpec",
     "resourceAttributes#1:*ResourceAttributes nonResourceAttributes#2:*NonResourceAttributes"},
    {"ScaleSpec", "replicas#1:int32"},
    {"ScaleStatus", "replicas#1:int32! selector#2:string"},
    {"ReplicaSetCondition",
     "type#1:string! status#2:string! lastTransitionTime#3:Time! reason#4:string message#5:string"},
    {"DeploymentStrategy", "type#1:string rollingUpdate#2:*RollingUpdateDeployment"},
    {"DeploymentCondition", "type#1:string! status#2:string! lastUpdateTime#6:Time! lastTransitionTime#7:Time! "
			    "reason#4:string message#5:string"},
    {"DaemonSetUpdateStrategy", "type#1:string rollingUpdate#2:*RollingUpdateDaemonSet"},
    {"DaemonSetCondition",
     "type#1:string! status#2:string! lastTransitionTime#3:Time! reason#4:string message#5:string"},
    {"StatefulSetUpdateStrategy", "type#1:string rollingUpdate#2:*RollingUpdateStatefulSetStrategy"},
    {"StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted#1:string whenScaled#2:string"},
    {"StatefulSetOrdinals", "start#1:int32!"},
    {"StatefulSetCondition",
     "type#1:string! status#2:string! lastTransitionTime#3:Time! reason#4:string message#5:string"},
    {"PodFailurePolicy", "rules#1:[]PodFailurePolicyRule!"},
    {"SuccessPolicy", "rules#1:[]SuccessPolicyRule!"},
    {"JobCondition", "type#1:string! status#2:string! lastProbeTime#3:Time! lastTransitionTime#4:Time! "
		     "reason#5:string message#6:string"},
    {"UncountedTerminatedPods", "succeeded#1:[]string@ failed#2:[]string@"},
    {"JobTemplateSpec", "metadata#1:ObjectMeta! spec#2:JobSpec!"},
    {"BoundObjectReference", "kind#1:string apiVersion#2:string name#3:string uid#4:string"},
    {"UserInfo", "username#1:string uid#2:string groups#3:[]string extra#4:map:[]string"},
    {"ResourceAttributes", "namespace#1:string verb#2:string group#3:string version#4:string resource#5:string "
			   "subresource#6:string name#7:string fieldSelector#8:*FieldSelectorAttributes "
			   "labelSelector#9:*LabelSelectorAttributes"},
    {"NonResourceAttributes", "path#1:string verb#2:string"},
    {"RollingUpdateDeployment", "maxUnavailable#1:*IntOrString maxSurge#2:*IntOrString"},
    {"RollingUpdateDaemonSet", "maxUnavailable#1:*IntOrString maxSurge#2:*IntOrString"},
    {"RollingUpdateStatefulSetStrategy", "partition#1:*int32 maxUnavailable#2:*IntOrString"},
    {"PodFailurePolicyRule", "action#1:string! onExitCodes#2:*PodFailurePolicyOnExitCodesRequirement "
			     "onPodConditions#3:[]PodFailurePolicyOnPodConditionsPattern"},
    {"SuccessPolicyRule", "succeededIndexes#1:*string succeededCount#2:*int32"},
    {"FieldSelectorAttributes", "rawSelector#1:string requirements#2:[]FieldSelectorRequirement"},
    {"LabelSelectorAttributes", "rawSelector#1:string requirements#2:[]LabelSelectorRequirement"},
    {"PodFailurePolicyOnExitCodesRequirement", "containerName#1:*string operator#2:string! values#3:[]int32!@"},
    {"PodFailurePolicyOnPodConditionsPattern", "type#1:string! status#2:string!"},
    {"FieldSelectorRequirement", "key#1:string! operator#2:string! values#3:[]string"},
    {0},
};
