#include "tests/sandbox/kube/schema_rows.h"

/* Objects of the named groups. */
const struct schema_row SCHEMA_GROUPS[] = {
    {"ReplicaSet", "metadata:ObjectMeta! spec:ReplicaSetSpec! status:ReplicaSetStatus!"},
    {"Deployment", "metadata:ObjectMeta! spec:DeploymentSpec! status:DeploymentStatus!"},
    {"DaemonSet", "metadata:ObjectMeta! spec:DaemonSetSpec! status:DaemonSetStatus!"},
    {"StatefulSet", "metadata:ObjectMeta! spec:StatefulSetSpec! status:StatefulSetStatus!"},
    {"Job", "metadata:ObjectMeta! spec:JobSpec! status:JobStatus!"},
    {"CronJob", "metadata:ObjectMeta! spec:CronJobSpec! status:CronJobStatus!"},
    {"Lease", "metadata:ObjectMeta! spec:LeaseSpec!"},
    {"events.Event", "metadata:ObjectMeta! eventTime:MicroTime! series:*events.EventSeries reportingController:string "
		     "reportingInstance:string action:string reason:string regarding:ObjectReference! "
		     "related:*ObjectReference note:string type:string deprecatedSource:EventSource! "
		     "deprecatedFirstTimestamp:Time! deprecatedLastTimestamp:Time! deprecatedCount:int32"},
    {"PodDisruptionBudget", "metadata:ObjectMeta! spec:PodDisruptionBudgetSpec! status:PodDisruptionBudgetStatus!"},
    {"Eviction", "metadata:ObjectMeta! deleteOptions:*DeleteOptions"},
    {"Role", "metadata:ObjectMeta! rules:[]PolicyRule!"},
    {"ClusterRole", "metadata:ObjectMeta! rules:[]PolicyRule! aggregationRule:*AggregationRule"},
    {"RoleBinding", "metadata:ObjectMeta! subjects:[]Subject roleRef:RoleRef!"},
    {"ClusterRoleBinding", "metadata:ObjectMeta! subjects:[]Subject roleRef:RoleRef!"},
    {"PriorityClass", "metadata:ObjectMeta! value:int32! globalDefault:bool description:string "
		      "preemptionPolicy:*string"},
    {"TokenRequest", "metadata:ObjectMeta! spec:TokenRequestSpec! status:TokenRequestStatus!"},
    {"TokenReview", "metadata:ObjectMeta! spec:TokenReviewSpec! status:TokenReviewStatus!"},
    {"SubjectAccessReview", "metadata:ObjectMeta! spec:SubjectAccessReviewSpec! status:SubjectAccessReviewStatus!"},
    {"SelfSubjectAccessReview",
     "metadata:ObjectMeta! spec:SelfSubjectAccessReviewSpec! status:SubjectAccessReviewStatus!"},
    {"Scale", "metadata:ObjectMeta! spec:ScaleSpec! status:ScaleStatus!"},
    {"ReplicaSetSpec", "replicas:*int32 minReadySeconds:int32 selector:*LabelSelector! template:PodTemplateSpec!"},
    {"ReplicaSetStatus",
     "replicas:int32! fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32 "
     "terminatingReplicas:*int32 observedGeneration:int64 conditions:[]ReplicaSetCondition~type@type"},
    {"DeploymentSpec", "replicas:*int32 selector:*LabelSelector! template:PodTemplateSpec! "
		       "strategy:DeploymentStrategy!^ minReadySeconds:int32 revisionHistoryLimit:*int32 paused:bool "
		       "progressDeadlineSeconds:*int32"},
    {"DeploymentStatus", "observedGeneration:int64 replicas:int32 updatedReplicas:int32 readyReplicas:int32 "
			 "availableReplicas:int32 unavailableReplicas:int32 terminatingReplicas:*int32 "
			 "conditions:[]DeploymentCondition~type@type collisionCount:*int32"},
    {"DaemonSetSpec", "selector:*LabelSelector! template:PodTemplateSpec! updateStrategy:DaemonSetUpdateStrategy! "
		      "minReadySeconds:int32 revisionHistoryLimit:*int32"},
    {"DaemonSetStatus",
     "currentNumberScheduled:int32! numberMisscheduled:int32! desiredNumberScheduled:int32! "
     "numberReady:int32! observedGeneration:int64 updatedNumberScheduled:int32 numberAvailable:int32 "
     "numberUnavailable:int32 collisionCount:*int32 conditions:[]DaemonSetCondition~type@type"},
    {"StatefulSetSpec", "replicas:*int32 selector:*LabelSelector! template:PodTemplateSpec! "
			"volumeClaimTemplates:[]PersistentVolumeClaim serviceName:string! podManagementPolicy:string "
			"updateStrategy:StatefulSetUpdateStrategy! revisionHistoryLimit:*int32 minReadySeconds:int32 "
			"persistentVolumeClaimRetentionPolicy:*StatefulSetPersistentVolumeClaimRetentionPolicy "
			"ordinals:*StatefulSetOrdinals"},
    {"StatefulSetStatus", "observedGeneration:int64 replicas:int32! readyReplicas:int32 currentReplicas:int32 "
			  "updatedReplicas:int32 currentRevision:string updateRevision:string collisionCount:*int32 "
			  "conditions:[]StatefulSetCondition~type@type availableReplicas:int32!"},
    {"JobSpec", "parallelism:*int32 completions:*int32 activeDeadlineSeconds:*int64 "
		"podFailurePolicy:*PodFailurePolicy successPolicy:*SuccessPolicy backoffLimit:*int32 "
		"backoffLimitPerIndex:*int32 maxFailedIndexes:*int32 selector:*LabelSelector "
		"manualSelector:*bool template:PodTemplateSpec! ttlSecondsAfterFinished:*int32 "
		"completionMode:*string suspend:*bool podReplacementPolicy:*string managedBy:*string"},
    {"JobStatus", "conditions:[]JobCondition~type startTime:*Time completionTime:*Time active:int32 "
		  "succeeded:int32 failed:int32 terminating:*int32 completedIndexes:string failedIndexes:*string "
		  "uncountedTerminatedPods:*UncountedTerminatedPods ready:*int32"},
    {"CronJobSpec", "schedule:string! timeZone:*string startingDeadlineSeconds:*int64 concurrencyPolicy:string "
		    "suspend:*bool jobTemplate:JobTemplateSpec! successfulJobsHistoryLimit:*int32 "
		    "failedJobsHistoryLimit:*int32"},
    {"CronJobStatus", "active:[]ObjectReference lastScheduleTime:*Time lastSuccessfulTime:*Time"},
    {"LeaseSpec", "holderIdentity:*string leaseDurationSeconds:*int32 acquireTime:*MicroTime renewTime:*MicroTime "
		  "leaseTransitions:*int32 strategy:*string preferredHolder:*string"},
    {"events.EventSeries", "count:int32! lastObservedTime:MicroTime!"},
    {"PodDisruptionBudgetSpec", "minAvailable:*IntOrString selector:*LabelSelector= maxUnavailable:*IntOrString "
				"unhealthyPodEvictionPolicy:*string"},
    {"PodDisruptionBudgetStatus",
     "observedGeneration:int64 disruptedPods:map:Time disruptionsAllowed:int32! currentHealthy:int32! "
     "desiredHealthy:int32! expectedPods:int32! conditions:[]Condition~type@type"},
    {"PolicyRule", "verbs:[]string! apiGroups:[]string resources:[]string resourceNames:[]string "
		   "nonResourceURLs:[]string"},
    {"AggregationRule", "clusterRoleSelectors:[]LabelSelector"},
    {"Subject%", "kind:string! apiGroup:string name:string! namespace:string"},
    {"RoleRef%", "apiGroup:string! kind:string! name:string!"},
    {"TokenRequestSpec", "audiences:[]string! expirationSeconds:*int64! boundObjectRef:*BoundObjectReference!"},
    {"TokenRequestStatus", "token:string! expirationTimestamp:Time!"},
    {"TokenReviewSpec", "token:string audiences:[]string"},
    {"TokenReviewStatus", "authenticated:bool user:UserInfo! audiences:[]string error:string"},
    {"SubjectAccessReviewSpec",
     "resourceAttributes:*ResourceAttributes nonResourceAttributes:*NonResourceAttributes user:string "
     "groups:[]string extra:map:[]string uid:string"},
    {"SubjectAccessReviewStatus", "allowed:bool! denied:bool reason:string evaluationError:string"},
    {"SelfSubjectAccessReviewSpec",
     "resourceAttributes:*ResourceAttributes nonResourceAttributes:*NonResourceAttributes"},
    {"ScaleSpec", "replicas:int32"},
    {"ScaleStatus", "replicas:int32! selector:string"},
    {"ReplicaSetCondition", "type:string! status:string! lastTransitionTime:Time! reason:string message:string"},
    {"DeploymentStrategy", "type:string rollingUpdate:*RollingUpdateDeployment"},
    {"DeploymentCondition", "type:string! status:string! lastUpdateTime:Time! lastTransitionTime:Time! reason:string "
			    "message:string"},
    {"DaemonSetUpdateStrategy", "type:string rollingUpdate:*RollingUpdateDaemonSet"},
    {"DaemonSetCondition", "type:string! status:string! lastTransitionTime:Time! reason:string message:string"},
    {"StatefulSetUpdateStrategy", "type:string rollingUpdate:*RollingUpdateStatefulSetStrategy"},
    {"StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted:string whenScaled:string"},
    {"StatefulSetOrdinals", "start:int32!"},
    {"StatefulSetCondition", "type:string! status:string! lastTransitionTime:Time! reason:string message:string"},
    {"PodFailurePolicy", "rules:[]PodFailurePolicyRule!"},
    {"SuccessPolicy", "rules:[]SuccessPolicyRule!"},
    {"JobCondition", "type:string! status:string! lastProbeTime:Time! lastTransitionTime:Time! reason:string "
		     "message:string"},
    {"UncountedTerminatedPods", "succeeded:[]string@ failed:[]string@"},
    {"JobTemplateSpec", "metadata:ObjectMeta! spec:JobSpec!"},
    {"BoundObjectReference", "kind:string apiVersion:string name:string uid:string"},
    {"UserInfo", "username:string uid:string groups:[]string extra:map:[]string"},
    {"ResourceAttributes",
     "namespace:string verb:string group:string version:string resource:string subresource:string "
     "name:string fieldSelector:*FieldSelectorAttributes labelSelector:*LabelSelectorAttributes"},
    {"NonResourceAttributes", "path:string verb:string"},
    {"RollingUpdateDeployment", "maxUnavailable:*IntOrString maxSurge:*IntOrString"},
    {"RollingUpdateDaemonSet", "maxUnavailable:*IntOrString maxSurge:*IntOrString"},
    {"RollingUpdateStatefulSetStrategy", "partition:*int32 maxUnavailable:*IntOrString"},
    {"PodFailurePolicyRule", "action:string! onExitCodes:*PodFailurePolicyOnExitCodesRequirement "
			     "onPodConditions:[]PodFailurePolicyOnPodConditionsPattern"},
    {"SuccessPolicyRule", "succeededIndexes:*string succeededCount:*int32"},
    {"FieldSelectorAttributes", "rawSelector:string requirements:[]FieldSelectorRequirement"},
    {"LabelSelectorAttributes", "rawSelector:string requirements:[]LabelSelectorRequirement"},
    {"PodFailurePolicyOnExitCodesRequirement", "containerName:*string operator:string! values:[]int32!@"},
    {"PodFailurePolicyOnPodConditionsPattern", "type:string! status:string!"},
    {"FieldSelectorRequirement", "key:string! operator:string! values:[]string"},
    {0},
};
