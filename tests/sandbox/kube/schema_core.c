#include "tests/sandbox/kube/schema_rows.h"

/* The other objects of the core group, and what deleting takes. */
const struct schema_row SCHEMA_CORE[] = {
    {"Node", "metadata:ObjectMeta! spec:NodeSpec! status:NodeStatus!"},
    {"Namespace", "metadata:ObjectMeta! spec:NamespaceSpec! status:NamespaceStatus!"},
    {"ConfigMap", "metadata:ObjectMeta! immutable:*bool data:map:string binaryData:map:bytes"},
    {"Secret", "metadata:ObjectMeta! immutable:*bool data:map:bytes stringData:map:string type:string"},
    {"ServiceAccount", "metadata:ObjectMeta! secrets:[]ObjectReference~name@name "
		       "imagePullSecrets:[]LocalObjectReference automountServiceAccountToken:*bool"},
    {"Service", "metadata:ObjectMeta! spec:ServiceSpec! status:ServiceStatus!"},
    {"PersistentVolumeClaim",
     "metadata:ObjectMeta! spec:PersistentVolumeClaimSpec! status:PersistentVolumeClaimStatus!"},
    {"Event", "metadata:ObjectMeta! involvedObject:ObjectReference! reason:string message:string "
	      "source:EventSource! firstTimestamp:Time! lastTimestamp:Time! count:int32 type:string "
	      "eventTime:MicroTime! series:*EventSeries action:string related:*ObjectReference "
	      "reportingComponent:string! reportingInstance:string!"},
    {"DeleteOptions", "gracePeriodSeconds:*int64 preconditions:*Preconditions orphanDependents:*bool "
		      "propagationPolicy:*string dryRun:[]string "
		      "ignoreStoreReadErrorWithClusterBreakingPotential:*bool"},
    {"NodeSpec", "podCIDR:string podCIDRs:[]string~@ providerID:string unschedulable:bool taints:[]Taint "
		 "configSource:*NodeConfigSource externalID:string"},
    {"NodeStatus", "capacity:map:Quantity allocatable:map:Quantity phase:string "
		   "conditions:[]NodeCondition~type@type addresses:[]NodeAddress~type@type "
		   "daemonEndpoints:NodeDaemonEndpoints! nodeInfo:NodeSystemInfo! images:[]ContainerImage "
		   "volumesInUse:[]string volumesAttached:[]AttachedVolume config:*NodeConfigStatus "
		   "runtimeHandlers:[]NodeRuntimeHandler features:*NodeFeatures declaredFeatures:[]string"},
    {"NamespaceSpec", "finalizers:[]string"},
    {"NamespaceStatus", "phase:string conditions:[]NamespaceCondition~type@type"},
    {"ServiceSpec", "ports:[]ServicePort~port@port+protocol selector:map:string% clusterIP:string "
		    "clusterIPs:[]string type:string externalIPs:[]string sessionAffinity:string "
		    "loadBalancerIP:string loadBalancerSourceRanges:[]string externalName:string "
		    "externalTrafficPolicy:string healthCheckNodePort:int32 publishNotReadyAddresses:bool "
		    "sessionAffinityConfig:*SessionAffinityConfig ipFamilies:[]string ipFamilyPolicy:*string "
		    "allocateLoadBalancerNodePorts:*bool loadBalancerClass:*string internalTrafficPolicy:*string "
		    "trafficDistribution:*string"},
    {"ServiceStatus", "loadBalancer:LoadBalancerStatus! conditions:[]Condition~type@type"},
    {"PersistentVolumeClaimStatus",
     "phase:string accessModes:[]string capacity:map:Quantity "
     "conditions:[]PersistentVolumeClaimCondition~type@type allocatedResources:map:Quantity "
     "allocatedResourceStatuses:map:string currentVolumeAttributesClassName:*string "
     "modifyVolumeStatus:*ModifyVolumeStatus"},
    {"EventSource", "component:string host:string"},
    {"EventSeries", "count:int32 lastObservedTime:MicroTime!"},
    {"Preconditions", "uid:*string resourceVersion:*string"},
    {"Taint", "key:string! value:string effect:string! timeAdded:*Time"},
    {"NodeConfigSource", "configMap:*ConfigMapNodeConfigSource"},
    {"NodeCondition", "type:string! status:string! lastHeartbeatTime:Time! lastTransitionTime:Time! reason:string "
		      "message:string"},
    {"NodeAddress", "type:string! address:string!"},
    {"NodeDaemonEndpoints", "kubeletEndpoint:DaemonEndpoint!"},
    {"NodeSystemInfo", "machineID:string! systemUUID:string! bootID:string! kernelVersion:string! osImage:string! "
		       "containerRuntimeVersion:string! kubeletVersion:string! kubeProxyVersion:string! "
		       "operatingSystem:string! architecture:string! swap:*NodeSwapStatus"},
    {"ContainerImage", "names:[]string! sizeBytes:int64"},
    {"AttachedVolume", "name:string! devicePath:string!"},
    {"NodeConfigStatus", "assigned:*NodeConfigSource active:*NodeConfigSource lastKnownGood:*NodeConfigSource "
			 "error:string"},
    {"NodeRuntimeHandler", "name:string! features:*NodeRuntimeHandlerFeatures"},
    {"NodeFeatures", "supplementalGroupsPolicy:*bool"},
    {"NamespaceCondition", "type:string! status:string! lastTransitionTime:Time! reason:string message:string"},
    {"ServicePort", "name:string protocol:string appProtocol:*string port:int32! targetPort:IntOrString! "
		    "nodePort:int32"},
    {"SessionAffinityConfig", "clientIP:*ClientIPConfig"},
    {"LoadBalancerStatus", "ingress:[]LoadBalancerIngress"},
    {"Condition", "type:string! status:string! observedGeneration:int64 lastTransitionTime:Time! reason:string! "
		  "message:string!"},
    {"PersistentVolumeClaimCondition",
     "type:string! status:string! lastProbeTime:Time! lastTransitionTime:Time! reason:string "
     "message:string"},
    {"ModifyVolumeStatus", "targetVolumeAttributesClassName:string status:string!"},
    {"ConfigMapNodeConfigSource",
     "namespace:string! name:string! uid:string resourceVersion:string kubeletConfigKey:string!"},
    {"DaemonEndpoint", "Port:int32!"},
    {"NodeSwapStatus", "capacity:*int64"},
    {"NodeRuntimeHandlerFeatures", "recursiveReadOnlyMounts:*bool userNamespaces:*bool"},
    {"ClientIPConfig", "timeoutSeconds:*int32"},
    {"LoadBalancerIngress", "ip:string hostname:string ipMode:*string ports:[]PortStatus"},
    {"PortStatus", "port:int32! protocol:string! error:*string"},
    {0},
};
