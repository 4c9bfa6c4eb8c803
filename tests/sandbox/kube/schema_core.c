#include "tests/sandbox/kube/schema_rows.h"

/* The other objects of the core group, and what deleting takes. */
const struct schema_row SCHEMA_CORE[] = {
    {"Node", "metadata#1:ObjectMeta! spec#2:NodeSpec! status#3:NodeStatus!"},
    {"Namespace", "metadata#1:ObjectMeta! spec#2:NamespaceSpec! status#3:NamespaceStatus!"},
    {"ConfigMap", "metadata#1:ObjectMeta! immutable#4:*bool data#2:map:string binaryData#3:map:bytes"},
    {"Secret", "metadata#1:ObjectMeta! immutable#5:*bool data#2:map:bytes stringData#4:map:string type#3:string"},
    {"ServiceAccount", "metadata#1:ObjectMeta! secrets#2:[]ObjectReference~name@name "
		       "imagePullSecrets#3:[]LocalObjectReference automountServiceAccountToken#4:*bool"},
    {"Service", "metadata#1:ObjectMeta! spec#2:ServiceSpec! status#3:ServiceStatus!"},
    {"PersistentVolumeClaim",
     "metadata#1:ObjectMeta! spec#2:PersistentVolumeClaimSpec! status#3:PersistentVolumeClaimStatus!"},
    {"Event", "metadata#1:ObjectMeta! involvedObject#2:ObjectReference! reason#3:string message#4:string "
	      "source#5:EventSource! firstTimestamp#6:Time! lastTimestamp#7:Time! count#8:int32 type#9:string "
	      "eventTime#10:MicroTime! series#11:*EventSeries action#12:string related#13:*ObjectReference "
	      "reportingComponent#14:string! reportingInstance#15:string!"},
    {"DeleteOptions", "gracePeriodSeconds#1:*int64 preconditions#2:*Preconditions orphanDependents#3:*bool "
		      "propagationPolicy#4:*string dryRun#5:[]string "
		      "ignoreStoreReadErrorWithClusterBreakingPotential#6:*bool"},
    {"NodeSpec", "podCIDR#1:string podCIDRs#7:[]string~@ providerID#3:string unschedulable#4:bool "
		 "taints#5:[]Taint configSource#6:*NodeConfigSource externalID#2:string"},
    {"NodeStatus", "capacity#1:map:Quantity allocatable#2:map:Quantity phase#3:string "
		   "conditions#4:[]NodeCondition~type@type addresses#5:[]NodeAddress~type@type "
		   "daemonEndpoints#6:NodeDaemonEndpoints! nodeInfo#7:NodeSystemInfo! images#8:[]ContainerImage "
		   "volumesInUse#9:[]string volumesAttached#10:[]AttachedVolume config#11:*NodeConfigStatus "
		   "runtimeHandlers#12:[]NodeRuntimeHandler features#13:*NodeFeatures declaredFeatures#14:[]string"},
    {"NamespaceSpec", "finalizers#1:[]string"},
    {"NamespaceStatus", "phase#1:string conditions#2:[]NamespaceCondition~type@type"},
    {"ServiceSpec", "ports#1:[]ServicePort~port@port+protocol selector#2:map:string% clusterIP#3:string "
		    "clusterIPs#18:[]string type#4:string externalIPs#5:[]string sessionAffinity#7:string "
		    "loadBalancerIP#8:string loadBalancerSourceRanges#9:[]string externalName#10:string "
		    "externalTrafficPolicy#11:string healthCheckNodePort#12:int32 publishNotReadyAddresses#13:bool "
		    "sessionAffinityConfig#14:*SessionAffinityConfig ipFamilies#19:[]string "
		    "ipFamilyPolicy#17:*string allocateLoadBalancerNodePorts#20:*bool loadBalancerClass#21:*string "
		    "internalTrafficPolicy#22:*string trafficDistribution#23:*string"},
    {"ServiceStatus", "loadBalancer#1:LoadBalancerStatus! conditions#2:[]Condition~type@type"},
    {"PersistentVolumeClaimStatus",
     "phase#1:string accessModes#2:[]string capacity#3:map:Quantity "
     "conditions#4:[]PersistentVolumeClaimCondition~type@type allocatedResources#5:map:Quantity "
     "allocatedResourceStatuses#7:map:string currentVolumeAttributesClassName#8:*string "
     "modifyVolumeStatus#9:*ModifyVolumeStatus"},
    {"EventSource", "component#1:string host#2:string"},
    {"EventSeries", "count#1:int32 lastObservedTime#2:MicroTime!"},
    {"Preconditions", "uid#1:*string resourceVersion#2:*string"},
    {"Taint", "key#1:string! value#2:string effect#3:string! timeAdded#4:*Time"},
    {"NodeConfigSource", "configMap#2:*ConfigMapNodeConfigSource"},
    {"NodeCondition", "type#1:string! status#2:string! lastHeartbeatTime#3:Time! lastTransitionTime#4:Time! "
		      "reason#5:string message#6:string"},
    {"NodeAddress", "type#1:string! address#2:string!"},
    {"NodeDaemonEndpoints", "kubeletEndpoint#1:DaemonEndpoint!"},
    {"NodeSystemInfo", "machineID#1:string! systemUUID#2:string! bootID#3:string! kernelVersion#4:string! "
		       "osImage#5:string! containerRuntimeVersion#6:string! kubeletVersion#7:string! "
		       "kubeProxyVersion#8:string! operatingSystem#9:string! architecture#10:string! "
		       "swap#11:*NodeSwapStatus"},
    {"ContainerImage", "names#1:[]string! sizeBytes#2:int64"},
    {"AttachedVolume", "name#1:string! devicePath#2:string!"},
    {"NodeConfigStatus", "assigned#1:*NodeConfigSource active#2:*NodeConfigSource lastKnownGood#3:*NodeConfigSource "
			 "error#4:string"},
    {"NodeRuntimeHandler", "name#1:string! features#2:*NodeRuntimeHandlerFeatures"},
    {"NodeFeatures", "supplementalGroupsPolicy#1:*bool"},
    {"NamespaceCondition",
     "type#1:string! status#2:string! lastTransitionTime#4:Time! reason#5:string message#6:string"},
    {"ServicePort", "name#1:string protocol#2:string appProtocol#6:*string port#3:int32! targetPort#4:IntOrString! "
		    "nodePort#5:int32"},
    {"SessionAffinityConfig", "clientIP#1:*ClientIPConfig"},
    {"LoadBalancerStatus", "ingress#1:[]LoadBalancerIngress"},
    {"Condition", "type#1:string! status#2:string! observedGeneration#3:int64 lastTransitionTime#4:Time! "
		  "reason#5:string! message#6:string!"},
    {"PersistentVolumeClaimCondition",
     "type#1:string! status#2:string! lastProbeTime#3:Time! lastTransitionTime#4:Time! "
     "reason#5:string message#6:string"},
    {"ModifyVolumeStatus", "targetVolumeAttributesClassName#1:string status#2:string!"},
    {"ConfigMapNodeConfigSource", "namespace#1:string! name#2:string! uid#3:string resourceVersion#4:string "
				  "kubeletConfigKey#5:string!"},
    {"DaemonEndpoint", "Port#1:int32!"},
    {"NodeSwapStatus", "capacity#1:*int64"},
    {"NodeRuntimeHandlerFeatures", "recursiveReadOnlyMounts#1:*bool userNamespaces#2:*bool"},
    {"ClientIPConfig", "timeoutSeconds#1:*int32"},
    {"LoadBalancerIngress", "ip#1:string hostname#2:string ipMode#3:*string ports#4:[]PortStatus"},
    {"PortStatus", "port#1:int32! protocol#2:string! error#3:*string"},
    {0},
};
