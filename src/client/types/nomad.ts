// Written by `node scripts/client-types.mjs`.
// The names and types of what Nomad 1.11.0's API takes and gives, read out of github.com/hashicorp/nomad/api (MPL-2.0).
// Times are nanoseconds since the epoch, durations are nanoseconds, unless a field is a string; the
// last digits of such a time are beyond what a number of JavaScript's holds.

export interface ACLAuthMethod {
  readonly Name: string;
  readonly Type: string;
  readonly TokenLocality: string;
  readonly TokenNameFormat: string;
  readonly MaxTokenTTL: string;
  readonly Default: boolean;
  readonly Config: ACLAuthMethodConfig | null;
  readonly CreateTime: string;
  readonly ModifyTime: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLAuthMethodConfig {
  readonly JWTValidationPubKeys: readonly string[] | null;
  readonly JWKSURL: string;
  readonly OIDCDiscoveryURL: string;
  readonly OIDCClientID: string;
  readonly OIDCClientSecret: string;
  readonly OIDCClientAssertion: OIDCClientAssertion | null;
  readonly OIDCEnablePKCE: boolean;
  readonly OIDCDisableUserInfo: boolean;
  readonly OIDCScopes: readonly string[] | null;
  readonly BoundAudiences: readonly string[] | null;
  readonly BoundIssuer: readonly string[] | null;
  readonly AllowedRedirectURIs: readonly string[] | null;
  readonly DiscoveryCaPem: readonly string[] | null;
  readonly JWKSCACert: string;
  readonly SigningAlgs: readonly string[] | null;
  readonly ExpirationLeeway: number;
  readonly NotBeforeLeeway: number;
  readonly ClockSkewLeeway: number;
  readonly ClaimMappings: Readonly<Record<string, string>> | null;
  readonly ListClaimMappings: Readonly<Record<string, string>> | null;
  readonly VerboseLogging: boolean;
}

export interface ACLAuthMethodListStub {
  readonly Name: string;
  readonly Type: string;
  readonly Default: boolean;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLBindingRule {
  readonly ID: string;
  readonly Description: string;
  readonly AuthMethod: string;
  readonly Selector: string;
  readonly BindType: string;
  readonly BindName: string;
  readonly CreateTime: string;
  readonly ModifyTime: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLBindingRuleListStub {
  readonly ID: string;
  readonly Description: string;
  readonly AuthMethod: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLIdentityClientIntroductionTokenRequest {
  readonly TTL: number;
  readonly NodeName: string;
  readonly NodePool: string;
}

export interface ACLIdentityClientIntroductionTokenResponse {
  readonly JWT: string;
}

export interface ACLLoginRequest {
  readonly AuthMethodName: string;
  readonly LoginToken: string;
}

export interface ACLOIDCAuthURLRequest {
  readonly AuthMethodName: string;
  readonly RedirectURI: string;
  readonly ClientNonce: string;
}

export interface ACLOIDCAuthURLResponse {
  readonly AuthURL: string;
}

export interface ACLOIDCCompleteAuthRequest {
  readonly AuthMethodName: string;
  readonly ClientNonce: string;
  readonly State: string;
  readonly Code: string;
  readonly Iss: string;
  readonly RedirectURI: string;
}

export interface ACLPolicy {
  readonly Name: string;
  readonly Description: string;
  readonly Rules: string;
  readonly JobACL: JobACL | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLPolicyListStub {
  readonly Name: string;
  readonly Description: string;
  readonly JobACL: JobACL | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLRole {
  readonly ID: string;
  readonly Name: string;
  readonly Description: string;
  readonly Policies: readonly ACLRolePolicyLink[] | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLRoleListStub {
  readonly ID: string;
  readonly Name: string;
  readonly Description: string;
  readonly Policies: readonly ACLRolePolicyLink[] | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLRolePolicyLink {
  readonly Name: string;
}

export interface ACLToken {
  readonly AccessorID: string;
  readonly SecretID: string;
  readonly Name: string;
  readonly Type: string;
  readonly Policies: readonly string[] | null;
  readonly Roles: readonly ACLTokenRoleLink[] | null;
  readonly Global: boolean;
  readonly CreateTime: string;
  readonly ExpirationTime?: string | null;
  readonly ExpirationTTL?: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLTokenListStub {
  readonly AccessorID: string;
  readonly Name: string;
  readonly Type: string;
  readonly Policies: readonly string[] | null;
  readonly Roles: readonly ACLTokenRoleLink[] | null;
  readonly Global: boolean;
  readonly CreateTime: string;
  readonly ExpirationTime?: string | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ACLTokenRoleLink {
  readonly ID: string;
  readonly Name: string;
}

export interface Action {
  readonly Name: string;
  readonly Command: string;
  readonly Args: readonly string[] | null;
}

export interface Affinity {
  readonly LTarget: string;
  readonly RTarget: string;
  readonly Operand: string;
  readonly Weight: number | null;
}

export interface AgentHealth {
  readonly ok: boolean;
  readonly message: string;
}

export interface AgentHealthResponse {
  readonly client?: AgentHealth | null;
  readonly server?: AgentHealth | null;
}

export interface AgentMember {
  readonly Name: string;
  readonly Addr: string;
  readonly Port: number;
  readonly Tags: Readonly<Record<string, string>> | null;
  readonly Status: string;
  readonly ProtocolMin: number;
  readonly ProtocolMax: number;
  readonly ProtocolCur: number;
  readonly DelegateMin: number;
  readonly DelegateMax: number;
  readonly DelegateCur: number;
}

export interface AgentSchedulerWorkerInfo {
  readonly id: string;
  readonly enabled_schedulers: readonly string[] | null;
  readonly started: string;
  readonly status: string;
  readonly workload_status: string;
}

export interface AgentSchedulerWorkersInfo {
  readonly server_id: string;
  readonly schedulers: readonly AgentSchedulerWorkerInfo[] | null;
}

export interface AgentSelf {
  readonly config: Readonly<Record<string, unknown>> | null;
  readonly member: AgentMember;
  readonly stats: Readonly<Record<string, Readonly<Record<string, string>> | null>> | null;
}

export interface AllocCheckStatus {
  readonly ID: string;
  readonly Check: string;
  readonly Group: string;
  readonly Mode: string;
  readonly Output: string;
  readonly Service: string;
  readonly Task: string;
  readonly Status: string;
  readonly StatusCode: number;
  readonly Timestamp: number;
}

export interface AllocDeploymentStatus {
  readonly Healthy: boolean | null;
  readonly Timestamp: string;
  readonly Canary: boolean;
  readonly ModifyIndex: number;
}

export interface AllocFileInfo {
  readonly Name: string;
  readonly IsDir: boolean;
  readonly Size: number;
  readonly FileMode: string;
  readonly ModTime: string;
  readonly ContentType: string;
}

export interface AllocNetworkStatus {
  readonly InterfaceName: string;
  readonly Address: string;
  readonly AddressIPv6: string;
  readonly DNS: DNSConfig | null;
}

export interface AllocResourceUsage {
  readonly ResourceUsage: ResourceUsage | null;
  readonly Tasks: Readonly<Record<string, TaskResourceUsage>> | null;
  readonly Timestamp: number;
}

export interface AllocStopResponse {
  readonly EvalID: string;
}

export interface AllocatedCpuResources {
  readonly CpuShares: number;
}

export interface AllocatedDeviceResource {
  readonly Vendor: string;
  readonly Type: string;
  readonly Name: string;
  readonly DeviceIDs: readonly string[] | null;
}

export interface AllocatedMemoryResources {
  readonly MemoryMB: number;
  readonly MemoryMaxMB: number;
}

export interface AllocatedResources {
  readonly Tasks: Readonly<Record<string, AllocatedTaskResources>> | null;
  readonly Shared: AllocatedSharedResources;
}

export interface AllocatedSharedResources {
  readonly DiskMB: number;
  readonly Networks: readonly NetworkResource[] | null;
  readonly Ports: readonly PortMapping[] | null;
}

export interface AllocatedTaskResources {
  readonly Cpu: AllocatedCpuResources;
  readonly Memory: AllocatedMemoryResources;
  readonly Networks: readonly NetworkResource[] | null;
  readonly Devices: readonly AllocatedDeviceResource[] | null;
}

export interface Allocation {
  readonly ID: string;
  readonly Namespace: string;
  readonly EvalID: string;
  readonly Name: string;
  readonly NodeID: string;
  readonly NodeName: string;
  readonly JobID: string;
  readonly Job: Job | null;
  readonly TaskGroup: string;
  readonly Resources: Resources | null;
  readonly TaskResources: Readonly<Record<string, Resources>> | null;
  readonly AllocatedResources: AllocatedResources | null;
  readonly Services: Readonly<Record<string, string>> | null;
  readonly Metrics: AllocationMetric | null;
  readonly DesiredStatus: string;
  readonly DesiredDescription: string;
  readonly DesiredTransition: DesiredTransition;
  readonly ClientStatus: string;
  readonly ClientDescription: string;
  readonly TaskStates: Readonly<Record<string, TaskState>> | null;
  readonly DeploymentID: string;
  readonly DeploymentStatus: AllocDeploymentStatus | null;
  readonly FollowupEvalID: string;
  readonly PreviousAllocation: string;
  readonly NextAllocation: string;
  readonly RescheduleTracker: RescheduleTracker | null;
  readonly NetworkStatus: AllocNetworkStatus | null;
  readonly PreemptedAllocations: readonly string[] | null;
  readonly PreemptedByAllocation: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly AllocModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface AllocationListStub {
  readonly ID: string;
  readonly EvalID: string;
  readonly Name: string;
  readonly Namespace: string;
  readonly NodeID: string;
  readonly NodeName: string;
  readonly JobID: string;
  readonly JobType: string;
  readonly JobVersion: number;
  readonly TaskGroup: string;
  readonly AllocatedResources?: AllocatedResources | null;
  readonly DesiredStatus: string;
  readonly DesiredDescription: string;
  readonly ClientStatus: string;
  readonly ClientDescription: string;
  readonly TaskStates: Readonly<Record<string, TaskState>> | null;
  readonly DeploymentStatus: AllocDeploymentStatus | null;
  readonly FollowupEvalID: string;
  readonly NextAllocation: string;
  readonly RescheduleTracker: RescheduleTracker | null;
  readonly PreemptedAllocations: readonly string[] | null;
  readonly PreemptedByAllocation: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface AllocationMetric {
  readonly NodesEvaluated: number;
  readonly NodesFiltered: number;
  readonly NodesInPool: number;
  readonly NodePool: string;
  readonly NodesAvailable: Readonly<Record<string, number>> | null;
  readonly ClassFiltered: Readonly<Record<string, number>> | null;
  readonly ConstraintFiltered: Readonly<Record<string, number>> | null;
  readonly NodesExhausted: number;
  readonly ClassExhausted: Readonly<Record<string, number>> | null;
  readonly DimensionExhausted: Readonly<Record<string, number>> | null;
  readonly QuotaExhausted: readonly string[] | null;
  readonly ResourcesExhausted: Readonly<Record<string, Resources>> | null;
  readonly Scores: Readonly<Record<string, number>> | null;
  readonly AllocationTime: number;
  readonly CoalescedFailures: number;
  readonly ScoreMetaData: readonly NodeScoreMeta[] | null;
}

export interface Attribute {
  readonly Float?: number | null;
  readonly Int?: number | null;
  readonly String?: string | null;
  readonly Bool?: boolean | null;
  readonly Unit: string;
}

export interface AutopilotConfiguration {
  readonly CleanupDeadServers: boolean;
  readonly LastContactThreshold: string;
  readonly MaxTrailingLogs: number;
  readonly MinQuorum: number;
  readonly ServerStabilizationTime: string;
  readonly EnableRedundancyZones: boolean;
  readonly DisableUpgradeMigration: boolean;
  readonly EnableCustomUpgrades: boolean;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface AutopilotUpgrade {
  readonly Status: string;
  readonly TargetVersion: string;
  readonly TargetVersionVoters: readonly string[] | null;
  readonly TargetVersionNonVoters: readonly string[] | null;
  readonly TargetVersionReadReplicas: readonly string[] | null;
  readonly OtherVersionVoters: readonly string[] | null;
  readonly OtherVersionNonVoters: readonly string[] | null;
  readonly OtherVersionReadReplicas: readonly string[] | null;
  readonly RedundancyZones: Readonly<Record<string, AutopilotZoneUpgradeVersions>> | null;
}

export interface AutopilotZone {
  readonly Servers: readonly string[] | null;
  readonly Voters: readonly string[] | null;
  readonly FailureTolerance: number;
}

export interface AutopilotZoneUpgradeVersions {
  readonly TargetVersionVoters: readonly string[] | null;
  readonly TargetVersionNonVoters: readonly string[] | null;
  readonly OtherVersionVoters: readonly string[] | null;
  readonly OtherVersionNonVoters: readonly string[] | null;
}

export interface CNIConfig {
  readonly Args: Readonly<Record<string, string>> | null;
}

export interface CSIControllerInfo {
  readonly SupportsCreateDelete: boolean;
  readonly SupportsAttachDetach: boolean;
  readonly SupportsListVolumes: boolean;
  readonly SupportsGetCapacity: boolean;
  readonly SupportsCreateDeleteSnapshot: boolean;
  readonly SupportsListSnapshots: boolean;
  readonly SupportsClone: boolean;
  readonly SupportsReadOnlyAttach: boolean;
  readonly SupportsExpand: boolean;
  readonly SupportsListVolumesAttachedNodes: boolean;
  readonly SupportsCondition: boolean;
  readonly SupportsGet: boolean;
}

export interface CSIInfo {
  readonly PluginID: string;
  readonly AllocID: string;
  readonly Healthy: boolean;
  readonly HealthDescription: string;
  readonly UpdateTime: string;
  readonly RequiresControllerPlugin: boolean;
  readonly RequiresTopologies: boolean;
  readonly ControllerInfo?: CSIControllerInfo | null;
  readonly NodeInfo?: CSINodeInfo | null;
}

export interface CSIMountOptions {
  readonly FSType: string;
  readonly MountFlags: readonly string[] | null;
}

export interface CSINodeInfo {
  readonly ID: string;
  readonly MaxVolumes: number;
  readonly AccessibleTopology: CSITopology | null;
  readonly RequiresNodeStageVolume: boolean;
  readonly SupportsStats: boolean;
  readonly SupportsExpand: boolean;
  readonly SupportsCondition: boolean;
}

export interface CSIPlugin {
  readonly ID: string;
  readonly Provider: string;
  readonly Version: string;
  readonly ControllerRequired: boolean;
  readonly Controllers: Readonly<Record<string, CSIInfo>> | null;
  readonly Nodes: Readonly<Record<string, CSIInfo>> | null;
  readonly Allocations: readonly AllocationListStub[] | null;
  readonly ControllersHealthy: number;
  readonly ControllersExpected: number;
  readonly NodesHealthy: number;
  readonly NodesExpected: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface CSIPluginListStub {
  readonly ID: string;
  readonly Provider: string;
  readonly ControllerRequired: boolean;
  readonly ControllersHealthy: number;
  readonly ControllersExpected: number;
  readonly NodesHealthy: number;
  readonly NodesExpected: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface CSISnapshot {
  readonly ID: string;
  readonly ExternalSourceVolumeID: string;
  readonly SizeBytes: number;
  readonly CreateTime: number;
  readonly IsReady: boolean;
  readonly SourceVolumeID: string;
  readonly PluginID: string;
  readonly Name: string;
  readonly Secrets: Readonly<Record<string, string>> | null;
  readonly Parameters: Readonly<Record<string, string>> | null;
}

export interface CSISnapshotCreateResponse {
  readonly Snapshots: readonly CSISnapshot[] | null;
}

export interface CSISnapshotListResponse {
  readonly Snapshots: readonly CSISnapshot[] | null;
  readonly NextToken: string;
}

export interface CSITopology {
  readonly Segments: Readonly<Record<string, string>> | null;
}

export interface CSITopologyRequest {
  readonly Required: readonly CSITopology[] | null;
  readonly Preferred: readonly CSITopology[] | null;
}

export interface CSIVolume {
  readonly ID: string;
  readonly Name: string;
  readonly ExternalID: string;
  readonly Namespace: string;
  readonly RequestedTopologies: CSITopologyRequest | null;
  readonly Topologies: readonly CSITopology[] | null;
  readonly AccessMode: string;
  readonly AttachmentMode: string;
  readonly MountOptions: CSIMountOptions | null;
  readonly Secrets: Readonly<Record<string, string>> | null;
  readonly Parameters: Readonly<Record<string, string>> | null;
  readonly Context: Readonly<Record<string, string>> | null;
  readonly Capacity: number;
  readonly RequestedCapacityMin: number;
  readonly RequestedCapacityMax: number;
  readonly RequestedCapabilities: readonly CSIVolumeCapability[] | null;
  readonly CloneID: string;
  readonly SnapshotID: string;
  readonly ReadAllocs: Readonly<Record<string, Allocation>> | null;
  readonly WriteAllocs: Readonly<Record<string, Allocation>> | null;
  readonly Allocations: readonly AllocationListStub[] | null;
  readonly Schedulable: boolean;
  readonly PluginID: string;
  readonly Provider: string;
  readonly ProviderVersion: string;
  readonly ControllerRequired: boolean;
  readonly ControllersHealthy: number;
  readonly ControllersExpected: number;
  readonly NodesHealthy: number;
  readonly NodesExpected: number;
  readonly ResourceExhausted: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface CSIVolumeCapability {
  readonly AccessMode: string;
  readonly AttachmentMode: string;
}

export interface CSIVolumeCreateResponse {
  readonly Volumes: readonly CSIVolume[] | null;
  readonly Warnings: string;
}

export interface CSIVolumeExternalStub {
  readonly ExternalID: string;
  readonly CapacityBytes: number;
  readonly VolumeContext: Readonly<Record<string, string>> | null;
  readonly CloneID: string;
  readonly SnapshotID: string;
  readonly PublishedExternalNodeIDs: readonly string[] | null;
  readonly IsAbnormal: boolean;
  readonly Status: string;
}

export interface CSIVolumeListExternalResponse {
  readonly Volumes: readonly CSIVolumeExternalStub[] | null;
  readonly NextToken: string;
}

export interface CSIVolumeListStub {
  readonly ID: string;
  readonly Namespace: string;
  readonly Name: string;
  readonly ExternalID: string;
  readonly Topologies: readonly CSITopology[] | null;
  readonly AccessMode: string;
  readonly AttachmentMode: string;
  readonly CurrentReaders: number;
  readonly CurrentWriters: number;
  readonly Schedulable: boolean;
  readonly PluginID: string;
  readonly Provider: string;
  readonly ControllerRequired: boolean;
  readonly ControllersHealthy: number;
  readonly ControllersExpected: number;
  readonly NodesHealthy: number;
  readonly NodesExpected: number;
  readonly ResourceExhausted: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface ChangeScript {
  readonly Command: string | null;
  readonly Args: readonly string[] | null;
  readonly Timeout: number | null;
  readonly FailOnError: boolean | null;
  readonly RunOnFirstRender: boolean | null;
}

export interface CheckRestart {
  readonly Limit: number;
  readonly Grace: number | null;
  readonly IgnoreWarnings: boolean;
}

export interface Constraint {
  readonly LTarget: string;
  readonly RTarget: string;
  readonly Operand: string;
}

export interface Consul {
  readonly Namespace: string;
  readonly Cluster: string;
  readonly Partition: string;
}

export interface ConsulConnect {
  readonly Native: boolean;
  readonly Gateway: ConsulGateway | null;
  readonly SidecarService: ConsulSidecarService | null;
  readonly SidecarTask: SidecarTask | null;
}

export interface ConsulExposeConfig {
  readonly Paths: readonly ConsulExposePath[] | null;
  readonly Path: readonly ConsulExposePath[] | null;
}

export interface ConsulExposePath {
  readonly Path: string;
  readonly Protocol: string;
  readonly LocalPathPort: number;
  readonly ListenerPort: string;
}

export interface ConsulGateway {
  readonly Proxy: ConsulGatewayProxy | null;
  readonly Ingress: ConsulIngressConfigEntry | null;
  readonly Terminating: ConsulTerminatingConfigEntry | null;
  readonly Mesh: ConsulMeshConfigEntry | null;
}

export interface ConsulGatewayBindAddress {
  readonly Name: string;
  readonly Address: string;
  readonly Port: number;
}

export interface ConsulGatewayProxy {
  readonly ConnectTimeout: number | null;
  readonly EnvoyGatewayBindTaggedAddresses: boolean;
  readonly EnvoyGatewayBindAddresses: Readonly<Record<string, ConsulGatewayBindAddress>> | null;
  readonly EnvoyGatewayNoDefaultBind: boolean;
  readonly EnvoyDNSDiscoveryType: string;
  readonly Config: Readonly<Record<string, unknown>> | null;
}

export interface ConsulGatewayTLSConfig {
  readonly Enabled: boolean;
  readonly TLSMinVersion: string;
  readonly TLSMaxVersion: string;
  readonly CipherSuites: readonly string[] | null;
  readonly SDS: ConsulGatewayTLSSDSConfig | null;
}

export interface ConsulGatewayTLSSDSConfig {
  readonly ClusterName: string;
  readonly CertResource: string;
}

export interface ConsulHTTPHeaderModifiers {
  readonly Add: Readonly<Record<string, string>> | null;
  readonly Set: Readonly<Record<string, string>> | null;
  readonly Remove: readonly string[] | null;
}

export interface ConsulIngressConfigEntry {
  readonly TLS: ConsulGatewayTLSConfig | null;
  readonly Listeners: readonly ConsulIngressListener[] | null;
}

export interface ConsulIngressListener {
  readonly Port: number;
  readonly Protocol: string;
  readonly Services: readonly ConsulIngressService[] | null;
}

export interface ConsulIngressService {
  readonly Name: string;
  readonly Hosts: readonly string[] | null;
  readonly TLS: ConsulGatewayTLSConfig | null;
  readonly RequestHeaders: ConsulHTTPHeaderModifiers | null;
  readonly ResponseHeaders: ConsulHTTPHeaderModifiers | null;
  readonly MaxConnections: number | null;
  readonly MaxPendingRequests: number | null;
  readonly MaxConcurrentRequests: number | null;
}

export interface ConsulLinkedService {
  readonly Name: string;
  readonly CAFile: string;
  readonly CertFile: string;
  readonly KeyFile: string;
  readonly SNI: string;
}

export type ConsulMeshConfigEntry = object;

export interface ConsulMeshGateway {
  readonly Mode: string;
}

export interface ConsulProxy {
  readonly LocalServiceAddress: string;
  readonly LocalServicePort: number;
  readonly Expose: ConsulExposeConfig | null;
  readonly ExposeConfig: ConsulExposeConfig | null;
  readonly Upstreams: readonly ConsulUpstream[] | null;
  readonly TransparentProxy: ConsulTransparentProxy | null;
  readonly Config: Readonly<Record<string, unknown>> | null;
}

export interface ConsulSidecarService {
  readonly Tags: readonly string[] | null;
  readonly Port: string;
  readonly Proxy: ConsulProxy | null;
  readonly DisableDefaultTCPCheck: boolean;
  readonly Meta: Readonly<Record<string, string>> | null;
}

export interface ConsulTerminatingConfigEntry {
  readonly Services: readonly ConsulLinkedService[] | null;
}

export interface ConsulTransparentProxy {
  readonly UID: string;
  readonly OutboundPort: number;
  readonly ExcludeInboundPorts: readonly string[] | null;
  readonly ExcludeOutboundPorts: readonly number[] | null;
  readonly ExcludeOutboundCIDRs: readonly string[] | null;
  readonly ExcludeUIDs: readonly string[] | null;
  readonly NoDNS: boolean;
}

export interface ConsulUpstream {
  readonly DestinationName: string;
  readonly DestinationNamespace: string;
  readonly DestinationPeer: string;
  readonly DestinationPartition: string;
  readonly DestinationType: string;
  readonly LocalBindPort: number;
  readonly Datacenter: string;
  readonly LocalBindAddress: string;
  readonly LocalBindSocketPath: string;
  readonly LocalBindSocketMode: string;
  readonly MeshGateway: ConsulMeshGateway | null;
  readonly Config: Readonly<Record<string, unknown>> | null;
}

export interface CpuStats {
  readonly SystemMode: number;
  readonly UserMode: number;
  readonly TotalTicks: number;
  readonly ThrottledPeriods: number;
  readonly ThrottledTime: number;
  readonly Percent: number;
  readonly Measured: readonly string[] | null;
}

export interface DNSConfig {
  readonly Servers: readonly string[] | null;
  readonly Searches: readonly string[] | null;
  readonly Options: readonly string[] | null;
}

export interface Deployment {
  readonly ID: string;
  readonly Namespace: string;
  readonly JobID: string;
  readonly JobVersion: number;
  readonly JobModifyIndex: number;
  readonly JobSpecModifyIndex: number;
  readonly JobCreateIndex: number;
  readonly IsMultiregion: boolean;
  readonly TaskGroups: Readonly<Record<string, DeploymentState>> | null;
  readonly Status: string;
  readonly StatusDescription: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface DeploymentState {
  readonly PlacedCanaries: readonly string[] | null;
  readonly AutoRevert: boolean;
  readonly ProgressDeadline: number;
  readonly RequireProgressBy: string;
  readonly Promoted: boolean;
  readonly DesiredCanaries: number;
  readonly DesiredTotal: number;
  readonly PlacedAllocs: number;
  readonly HealthyAllocs: number;
  readonly UnhealthyAllocs: number;
}

export interface DeploymentUpdateResponse {
  readonly EvalID: string;
  readonly EvalCreateIndex: number;
  readonly DeploymentModifyIndex: number;
  readonly RevertedJobVersion: number | null;
}

export interface DesiredTransition {
  readonly Migrate: boolean | null;
  readonly Reschedule: boolean | null;
  readonly ForceReschedule: boolean | null;
  readonly NoShutdownDelay: boolean | null;
  readonly MigrateDisablePlacement: boolean | null;
}

export interface DesiredUpdates {
  readonly Ignore: number;
  readonly Place: number;
  readonly Migrate: number;
  readonly Stop: number;
  readonly InPlaceUpdate: number;
  readonly DestructiveUpdate: number;
  readonly Canary: number;
  readonly Preemptions: number;
  readonly Disconnect: number;
  readonly Reconnect: number;
  readonly RescheduleNow: number;
  readonly RescheduleLater: number;
}

export interface DeviceGroupStats {
  readonly Vendor: string;
  readonly Type: string;
  readonly Name: string;
  readonly InstanceStats: Readonly<Record<string, DeviceStats>> | null;
}

export interface DeviceStats {
  readonly Summary: StatValue | null;
  readonly Stats: StatObject | null;
  readonly Timestamp: string;
}

export interface DisconnectStrategy {
  readonly LostAfter: number | null;
  readonly StopOnClientAfter: number | null;
  readonly Replace: boolean | null;
  readonly Reconcile: string | null;
}

export interface DiskUsage {
  readonly DiskMB: number;
  readonly UsedMB: number;
}

export interface DispatchPayloadConfig {
  readonly File: string;
}

export interface DrainMetadata {
  readonly StartedAt: string;
  readonly UpdatedAt: string;
  readonly Status: string;
  readonly AccessorID: string;
  readonly Meta: Readonly<Record<string, string>> | null;
}

export interface DrainSpec {
  readonly Deadline: number;
  readonly IgnoreSystemJobs: boolean;
}

export interface DrainStrategy {
  readonly Deadline: number;
  readonly IgnoreSystemJobs: boolean;
  readonly ForceDeadline: string;
  readonly StartedAt: string;
}

export interface DriverInfo {
  readonly Attributes: Readonly<Record<string, string>> | null;
  readonly Detected: boolean;
  readonly Healthy: boolean;
  readonly HealthDescription: string;
  readonly UpdateTime: string;
}

export interface EphemeralDisk {
  readonly Sticky: boolean | null;
  readonly Migrate: boolean | null;
  readonly SizeMB: number | null;
}

export interface EvalCountResponse {
  readonly Count: number;
}

export interface EvalDeleteResponse {
  readonly Count: number;
}

export interface Evaluation {
  readonly ID: string;
  readonly Priority: number;
  readonly Type: string;
  readonly TriggeredBy: string;
  readonly Namespace: string;
  readonly JobID: string;
  readonly JobModifyIndex: number;
  readonly NodeID: string;
  readonly NodeModifyIndex: number;
  readonly DeploymentID: string;
  readonly Status: string;
  readonly StatusDescription: string;
  readonly Wait: number;
  readonly WaitUntil: string;
  readonly NextEval: string;
  readonly PreviousEval: string;
  readonly BlockedEval: string;
  readonly RelatedEvals: readonly EvaluationStub[] | null;
  readonly FailedTGAllocs: Readonly<Record<string, AllocationMetric>> | null;
  readonly PlanAnnotations: PlanAnnotations | null;
  readonly ClassEligibility: Readonly<Record<string, boolean>> | null;
  readonly EscapedComputedClass: boolean;
  readonly QuotaLimitReached: string;
  readonly MissingNonNodeResources: readonly string[] | null;
  readonly AnnotatePlan: boolean;
  readonly QueuedAllocations: Readonly<Record<string, number>> | null;
  readonly SnapshotIndex: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface EvaluationStub {
  readonly ID: string;
  readonly Priority: number;
  readonly Type: string;
  readonly TriggeredBy: string;
  readonly Namespace: string;
  readonly JobID: string;
  readonly NodeID: string;
  readonly DeploymentID: string;
  readonly Status: string;
  readonly StatusDescription: string;
  readonly WaitUntil: string;
  readonly NextEval: string;
  readonly PreviousEval: string;
  readonly BlockedEval: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
}

export interface FieldDiff {
  readonly Type: string;
  readonly Name: string;
  readonly Old: string;
  readonly New: string;
  readonly Annotations: readonly string[] | null;
}

export interface FuzzyMatch {
  readonly ID: string;
  readonly Scope?: readonly string[] | null;
}

export interface FuzzySearchResponse {
  readonly Matches: Readonly<Record<string, readonly FuzzyMatch[] | null>> | null;
  readonly Truncations: Readonly<Record<string, boolean>> | null;
}

export interface GaugeValue {
  readonly Name: string;
  readonly Value: number;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export interface HostCPUStats {
  readonly CPU: string;
  readonly User: number;
  readonly System: number;
  readonly Idle: number;
}

export interface HostData {
  readonly OS: string;
  readonly Network: readonly (Readonly<Record<string, string>> | null)[] | null;
  readonly ResolvConf: string;
  readonly Hosts: string;
  readonly Environment: Readonly<Record<string, string>> | null;
  readonly Disk: Readonly<Record<string, DiskUsage>> | null;
}

export interface HostDiskStats {
  readonly Device: string;
  readonly Mountpoint: string;
  readonly Size: number;
  readonly Used: number;
  readonly Available: number;
  readonly UsedPercent: number;
  readonly InodesUsedPercent: number;
}

export interface HostMemoryStats {
  readonly Total: number;
  readonly Available: number;
  readonly Used: number;
  readonly Free: number;
}

export interface HostNetworkInfo {
  readonly Name: string;
  readonly CIDR: string;
  readonly Interface: string;
  readonly ReservedPorts: string;
}

export interface HostStats {
  readonly Memory: HostMemoryStats | null;
  readonly CPU: readonly HostCPUStats[] | null;
  readonly DiskStats: readonly HostDiskStats[] | null;
  readonly AllocDirStats: HostDiskStats | null;
  readonly DeviceStats: readonly DeviceGroupStats[] | null;
  readonly Uptime: number;
  readonly CPUTicksConsumed: number;
}

export interface HostVolume {
  readonly Namespace: string;
  readonly ID: string;
  readonly Name: string;
  readonly PluginID: string;
  readonly NodePool: string;
  readonly NodeID: string;
  readonly Constraints?: readonly Constraint[] | null;
  readonly RequestedCapacityMinBytes: number;
  readonly RequestedCapacityMaxBytes: number;
  readonly CapacityBytes: number;
  readonly RequestedCapabilities: readonly HostVolumeCapability[] | null;
  readonly Parameters?: Readonly<Record<string, string>> | null;
  readonly HostPath: string;
  readonly State: string;
  readonly CreateIndex: number;
  readonly CreateTime: number;
  readonly ModifyIndex: number;
  readonly ModifyTime: number;
  readonly Allocations?: readonly AllocationListStub[] | null;
}

export interface HostVolumeCapability {
  readonly AttachmentMode: string;
  readonly AccessMode: string;
}

export interface HostVolumeCreateResponse {
  readonly Volume: HostVolume | null;
  readonly Warnings: string;
}

export interface HostVolumeInfo {
  readonly Path: string;
  readonly ReadOnly: boolean;
  readonly ID: string;
}

export interface HostVolumeRegisterResponse {
  readonly Volume: HostVolume | null;
  readonly Warnings: string;
}

export interface HostVolumeStub {
  readonly Namespace: string;
  readonly ID: string;
  readonly Name: string;
  readonly PluginID: string;
  readonly NodePool: string;
  readonly NodeID: string;
  readonly CapacityBytes: number;
  readonly State: string;
  readonly CreateIndex: number;
  readonly CreateTime: number;
  readonly ModifyIndex: number;
  readonly ModifyTime: number;
}

export interface Job {
  readonly Region: string;
  readonly Namespace: string;
  readonly ID: string;
  readonly Name: string;
  readonly Type: string;
  readonly Priority: number;
  readonly AllAtOnce: boolean;
  readonly Datacenters: readonly string[] | null;
  readonly NodePool: string | null;
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
  readonly TaskGroups: readonly TaskGroup[] | null;
  readonly Update: UpdateStrategy | null;
  readonly Multiregion: Multiregion | null;
  readonly Spreads: readonly Spread[] | null;
  readonly Periodic: PeriodicConfig | null;
  readonly ParameterizedJob: ParameterizedJobConfig | null;
  readonly Reschedule: ReschedulePolicy | null;
  readonly Migrate: MigrateStrategy | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly UI: JobUIConfig | null;
  readonly Stop: boolean;
  readonly ParentID: string | null;
  readonly Dispatched: boolean;
  readonly DispatchIdempotencyToken: string | null;
  readonly Payload: string;
  readonly ConsulNamespace: string | null;
  readonly VaultNamespace: string | null;
  readonly NomadTokenID: string | null;
  readonly Status: string;
  readonly StatusDescription: string;
  readonly Stable: boolean;
  readonly Version: number;
  readonly SubmitTime: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly JobModifyIndex: number;
  readonly VersionTag: JobVersionTag | null;
}

export interface JobACL {
  readonly Namespace: string;
  readonly JobID: string;
  readonly Group: string;
  readonly Task: string;
}

export interface JobChildrenSummary {
  readonly Pending: number;
  readonly Running: number;
  readonly Dead: number;
}

export interface JobDeregisterResponse {
  readonly EvalID: string;
  readonly EvalCreateIndex: number;
  readonly JobModifyIndex: number;
}

export interface JobDiff {
  readonly Type: string;
  readonly ID: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
  readonly TaskGroups: readonly TaskGroupDiff[] | null;
}

export interface JobDispatchResponse {
  readonly DispatchedJobID: string;
  readonly EvalID: string;
  readonly EvalCreateIndex: number;
  readonly JobCreateIndex: number;
}

export interface JobListStub {
  readonly ID: string;
  readonly ParentID: string;
  readonly Name: string;
  readonly Namespace?: string;
  readonly Datacenters: readonly string[] | null;
  readonly Type: string;
  readonly Priority: number;
  readonly Periodic: boolean;
  readonly ParameterizedJob: boolean;
  readonly Stop: boolean;
  readonly Status: string;
  readonly StatusDescription: string;
  readonly JobSummary: JobSummary | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly JobModifyIndex: number;
  readonly SubmitTime: number;
  readonly Meta?: Readonly<Record<string, string>> | null;
}

export interface JobPlanResponse {
  readonly JobModifyIndex: number;
  readonly CreatedEvals: readonly Evaluation[] | null;
  readonly Diff: JobDiff | null;
  readonly Annotations: PlanAnnotations | null;
  readonly FailedTGAllocs: Readonly<Record<string, AllocationMetric>> | null;
  readonly NextPeriodicLaunch: string;
  readonly Warnings: string;
}

export interface JobRegisterResponse {
  readonly EvalID: string;
  readonly EvalCreateIndex: number;
  readonly JobModifyIndex: number;
  readonly Warnings: string;
}

export interface JobScaleStatusResponse {
  readonly JobID: string;
  readonly Namespace: string;
  readonly JobCreateIndex: number;
  readonly JobModifyIndex: number;
  readonly JobStopped: boolean;
  readonly TaskGroups: Readonly<Record<string, TaskGroupScaleStatus>> | null;
}

export interface JobStabilityResponse {
  readonly JobModifyIndex: number;
}

export interface JobSubmission {
  readonly Source: string;
  readonly Format: string;
  readonly VariableFlags: Readonly<Record<string, string>> | null;
  readonly Variables: string;
}

export interface JobSummary {
  readonly JobID: string;
  readonly Namespace: string;
  readonly Summary: Readonly<Record<string, TaskGroupSummary>> | null;
  readonly Children: JobChildrenSummary | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface JobUIConfig {
  readonly Description: string;
  readonly Links: readonly JobUILink[] | null;
}

export interface JobUILink {
  readonly Label: string;
  readonly URL: string;
}

export interface JobValidateResponse {
  readonly DriverConfigValidated: boolean;
  readonly ValidationErrors: readonly string[] | null;
  readonly Error: string;
  readonly Warnings: string;
}

export interface JobVersionTag {
  readonly Name: string;
  readonly Description: string;
  readonly TaggedTime: number;
}

export interface JobVersionsResponse {
  readonly Versions: readonly Job[] | null;
  readonly Diffs: readonly JobDiff[] | null;
}

export interface KeyringResponse {
  readonly Messages: Readonly<Record<string, string>> | null;
  readonly Keys: Readonly<Record<string, number>> | null;
  readonly NumNodes: number;
}

export interface LogConfig {
  readonly MaxFiles: number | null;
  readonly MaxFileSizeMB: number | null;
  readonly Enabled: boolean | null;
  readonly Disabled: boolean | null;
}

export interface MemoryStats {
  readonly RSS: number;
  readonly Cache: number;
  readonly Swap: number;
  readonly Usage: number;
  readonly MaxUsage: number;
  readonly KernelUsage: number;
  readonly KernelMaxUsage: number;
  readonly Measured: readonly string[] | null;
}

export interface MetricsSummary {
  readonly Timestamp: string;
  readonly Gauges: readonly GaugeValue[] | null;
  readonly Points: readonly PointValue[] | null;
  readonly Counters: readonly SampledValue[] | null;
  readonly Samples: readonly SampledValue[] | null;
}

export interface MigrateStrategy {
  readonly MaxParallel: number | null;
  readonly HealthCheck: string | null;
  readonly MinHealthyTime: number | null;
  readonly HealthyDeadline: number | null;
}

export interface Multiregion {
  readonly Strategy: MultiregionStrategy | null;
  readonly Regions: readonly MultiregionRegion[] | null;
}

export interface MultiregionRegion {
  readonly Name: string;
  readonly Count: number | null;
  readonly Datacenters: readonly string[] | null;
  readonly NodePool: string;
  readonly Meta: Readonly<Record<string, string>> | null;
}

export interface MultiregionStrategy {
  readonly MaxParallel: number | null;
  readonly OnFailure: string | null;
}

export interface NUMAResource {
  readonly Affinity: string;
  readonly Devices: readonly string[] | null;
}

export interface Namespace {
  readonly Name: string;
  readonly Description: string;
  readonly Quota: string;
  readonly Capabilities: NamespaceCapabilities | null;
  readonly NodePoolConfiguration: NamespaceNodePoolConfiguration | null;
  readonly VaultConfiguration: NamespaceVaultConfiguration | null;
  readonly ConsulConfiguration: NamespaceConsulConfiguration | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly RequiredExtraClaims: Readonly<Record<string, string>> | null;
  readonly OptionalExtraClaims: Readonly<Record<string, string>> | null;
}

export interface NamespaceCapabilities {
  readonly EnabledTaskDrivers: readonly string[] | null;
  readonly DisabledTaskDrivers: readonly string[] | null;
  readonly EnabledNetworkModes: readonly string[] | null;
  readonly DisabledNetworkModes: readonly string[] | null;
}

export interface NamespaceConsulConfiguration {
  readonly Default: string;
  readonly Allowed: readonly string[] | null;
  readonly Denied: readonly string[] | null;
}

export interface NamespaceNodePoolConfiguration {
  readonly Default: string;
  readonly Allowed: readonly string[] | null;
  readonly Denied: readonly string[] | null;
}

export interface NamespaceVaultConfiguration {
  readonly Default: string;
  readonly Allowed: readonly string[] | null;
  readonly Denied: readonly string[] | null;
}

export interface NetworkResource {
  readonly Mode: string;
  readonly Device: string;
  readonly CIDR: string;
  readonly IP: string;
  readonly DNS: DNSConfig | null;
  readonly ReservedPorts: readonly Port[] | null;
  readonly DynamicPorts: readonly Port[] | null;
  readonly Hostname: string;
  readonly MBits: number | null;
  readonly CNI: CNIConfig | null;
}

export interface Node {
  readonly ID: string;
  readonly Datacenter: string;
  readonly Name: string;
  readonly HTTPAddr: string;
  readonly TLSEnabled: boolean;
  readonly Attributes: Readonly<Record<string, string>> | null;
  readonly Resources: Resources | null;
  readonly Reserved: Resources | null;
  readonly NodeResources: NodeResources | null;
  readonly ReservedResources: NodeReservedResources | null;
  readonly Links: Readonly<Record<string, string>> | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly NodeClass: string;
  readonly NodePool: string;
  readonly CgroupParent: string;
  readonly Drain: boolean;
  readonly DrainStrategy: DrainStrategy | null;
  readonly SchedulingEligibility: string;
  readonly Status: string;
  readonly StatusDescription: string;
  readonly StatusUpdatedAt: number;
  readonly Events: readonly NodeEvent[] | null;
  readonly Drivers: Readonly<Record<string, DriverInfo>> | null;
  readonly HostVolumes: Readonly<Record<string, HostVolumeInfo>> | null;
  readonly GCVolumesOnNodeGC: boolean;
  readonly HostNetworks: Readonly<Record<string, HostNetworkInfo>> | null;
  readonly CSIControllerPlugins: Readonly<Record<string, CSIInfo>> | null;
  readonly CSINodePlugins: Readonly<Record<string, CSIInfo>> | null;
  readonly LastDrain: DrainMetadata | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly NodeMaxAllocs: number;
}

export interface NodeCpuResources {
  readonly CpuShares: number;
  readonly TotalCpuCores: number;
  readonly ReservableCpuCores: readonly number[] | null;
}

export interface NodeDevice {
  readonly ID: string;
  readonly Healthy: boolean;
  readonly HealthDescription: string;
  readonly Locality: NodeDeviceLocality | null;
}

export interface NodeDeviceLocality {
  readonly PciBusID: string;
}

export interface NodeDeviceResource {
  readonly Vendor: string;
  readonly Type: string;
  readonly Name: string;
  readonly Instances: readonly NodeDevice[] | null;
  readonly Attributes: Readonly<Record<string, Attribute>> | null;
}

export interface NodeDiskResources {
  readonly DiskMB: number;
}

export interface NodeDrainUpdateResponse {
  readonly NodeModifyIndex: number;
  readonly EvalIDs: readonly string[] | null;
  readonly EvalCreateIndex: number;
}

export interface NodeEligibilityUpdateResponse {
  readonly NodeModifyIndex: number;
  readonly EvalIDs: readonly string[] | null;
  readonly EvalCreateIndex: number;
}

export interface NodeEvent {
  readonly Message: string;
  readonly Subsystem: string;
  readonly Details: Readonly<Record<string, string>> | null;
  readonly Timestamp: string;
  readonly CreateIndex: number;
}

export interface NodeIdentityGetResponse {
  readonly Claims: Readonly<Record<string, unknown>> | null;
}

export interface NodeListStub {
  readonly Address: string;
  readonly ID: string;
  readonly Attributes?: Readonly<Record<string, string>> | null;
  readonly Datacenter: string;
  readonly Name: string;
  readonly NodeClass: string;
  readonly NodePool: string;
  readonly Version: string;
  readonly Drain: boolean;
  readonly SchedulingEligibility: string;
  readonly Status: string;
  readonly StatusDescription: string;
  readonly Drivers: Readonly<Record<string, DriverInfo>> | null;
  readonly NodeResources?: NodeResources | null;
  readonly ReservedResources?: NodeReservedResources | null;
  readonly LastDrain: DrainMetadata | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface NodeMemoryResources {
  readonly MemoryMB: number;
}

export interface NodeMetaResponse {
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Dynamic: Readonly<Record<string, string>> | null;
  readonly Static: Readonly<Record<string, string>> | null;
}

export interface NodePool {
  readonly Name: string;
  readonly Description: string;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly NodeIdentityTTL: string;
  readonly SchedulerConfiguration: NodePoolSchedulerConfiguration | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface NodePoolSchedulerConfiguration {
  readonly SchedulerAlgorithm: string;
  readonly MemoryOversubscriptionEnabled: boolean | null;
}

export interface NodePurgeResponse {
  readonly EvalIDs: readonly string[] | null;
  readonly EvalCreateIndex: number;
  readonly NodeModifyIndex: number;
}

export interface NodeReservedCpuResources {
  readonly CpuShares: number;
}

export interface NodeReservedDiskResources {
  readonly DiskMB: number;
}

export interface NodeReservedMemoryResources {
  readonly MemoryMB: number;
}

export interface NodeReservedNetworkResources {
  readonly ReservedHostPorts: string;
}

export interface NodeReservedResources {
  readonly Cpu: NodeReservedCpuResources;
  readonly Memory: NodeReservedMemoryResources;
  readonly Disk: NodeReservedDiskResources;
  readonly Networks: NodeReservedNetworkResources;
}

export interface NodeResources {
  readonly Cpu: NodeCpuResources;
  readonly Memory: NodeMemoryResources;
  readonly Disk: NodeDiskResources;
  readonly Networks: readonly NetworkResource[] | null;
  readonly Devices: readonly NodeDeviceResource[] | null;
  readonly MinDynamicPort: number;
  readonly MaxDynamicPort: number;
}

export interface NodeScoreMeta {
  readonly NodeID: string;
  readonly Scores: Readonly<Record<string, number>> | null;
  readonly NormScore: number;
}

export interface OIDCClientAssertion {
  readonly Audience: readonly string[] | null;
  readonly KeySource: string;
  readonly KeyAlgorithm: string;
  readonly PrivateKey: OIDCClientAssertionKey | null;
  readonly ExtraHeaders: Readonly<Record<string, string>> | null;
}

export interface OIDCClientAssertionKey {
  readonly PemKey: string;
  readonly PemKeyFile: string;
  readonly KeyIDHeader: string;
  readonly KeyID: string;
  readonly PemCert: string;
  readonly PemCertFile: string;
}

export interface ObjectDiff {
  readonly Type: string;
  readonly Name: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
}

export interface OneTimeToken {
  readonly OneTimeSecretID: string;
  readonly AccessorID: string;
  readonly ExpiresAt: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface OperatorHealthReply {
  readonly Healthy: boolean;
  readonly FailureTolerance: number;
  readonly Servers: readonly ServerHealth[] | null;
  readonly Leader: string;
  readonly Voters: readonly string[] | null;
  readonly ReadReplicas?: readonly string[] | null;
  readonly RedundancyZones?: Readonly<Record<string, AutopilotZone>> | null;
  readonly Upgrade?: AutopilotUpgrade | null;
  readonly OptimisticFailureTolerance?: number;
}

export interface ParameterizedJobConfig {
  readonly Payload: string;
  readonly MetaRequired: readonly string[] | null;
  readonly MetaOptional: readonly string[] | null;
}

export interface PeriodicConfig {
  readonly Enabled: boolean | null;
  readonly Spec: string | null;
  readonly Specs: readonly string[] | null;
  readonly SpecType: string | null;
  readonly ProhibitOverlap: boolean | null;
  readonly TimeZone: string | null;
}

export interface PlanAnnotations {
  readonly DesiredTGUpdates: Readonly<Record<string, DesiredUpdates>> | null;
  readonly PreemptedAllocs: readonly AllocationListStub[] | null;
}

export interface PointValue {
  readonly Name: string;
  readonly Points: readonly number[] | null;
}

export interface Port {
  readonly Label: string;
  readonly Value: number;
  readonly To: number;
  readonly HostNetwork: string;
  readonly IgnoreCollision: boolean;
}

export interface PortMapping {
  readonly Label: string;
  readonly Value: number;
  readonly To: number;
  readonly HostIP: string;
}

export interface PreemptionConfig {
  readonly SystemSchedulerEnabled: boolean;
  readonly SysBatchSchedulerEnabled: boolean;
  readonly BatchSchedulerEnabled: boolean;
  readonly ServiceSchedulerEnabled: boolean;
}

export interface RaftConfiguration {
  readonly Servers: readonly RaftServer[] | null;
  readonly Index: number;
}

export interface RaftServer {
  readonly ID: string;
  readonly Node: string;
  readonly Address: string;
  readonly Leader: boolean;
  readonly Voter: boolean;
  readonly RaftProtocol: string;
}

export interface RequestedDevice {
  readonly Name: string;
  readonly Count: number | null;
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
}

export interface RescheduleEvent {
  readonly RescheduleTime: number;
  readonly PrevAllocID: string;
  readonly PrevNodeID: string;
}

export interface ReschedulePolicy {
  readonly Attempts: number | null;
  readonly Interval: number | null;
  readonly Delay: number | null;
  readonly DelayFunction: string | null;
  readonly MaxDelay: number | null;
  readonly Unlimited: boolean | null;
}

export interface RescheduleTracker {
  readonly Events: readonly RescheduleEvent[] | null;
  readonly LastReschedule: string;
}

export interface ResourceUsage {
  readonly MemoryStats: MemoryStats | null;
  readonly CpuStats: CpuStats | null;
  readonly DeviceStats: readonly DeviceGroupStats[] | null;
}

export interface Resources {
  readonly CPU: number | null;
  readonly Cores: number | null;
  readonly MemoryMB: number | null;
  readonly MemoryMaxMB: number | null;
  readonly DiskMB: number | null;
  readonly Networks: readonly NetworkResource[] | null;
  readonly Devices: readonly RequestedDevice[] | null;
  readonly NUMA: NUMAResource | null;
  readonly SecretsMB: number | null;
  readonly IOPS: number | null;
}

export interface RestartPolicy {
  readonly Interval: number | null;
  readonly Attempts: number | null;
  readonly Delay: number | null;
  readonly Mode: string | null;
  readonly RenderTemplates: boolean | null;
}

export interface RootKeyMeta {
  readonly KeyID: string;
  readonly Algorithm: string;
  readonly CreateTime: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly State: string;
  readonly PublishTime: number;
}

export interface SampledValue {
  readonly Name: string;
  readonly Count: number;
  readonly Rate: number;
  readonly Sum: number;
  readonly Min: number;
  readonly Max: number;
  readonly Mean: number;
  readonly Stddev: number;
  readonly Labels: Readonly<Record<string, string>> | null;
}

export interface ScalingEvent {
  readonly Count: number | null;
  readonly PreviousCount: number;
  readonly Error: boolean;
  readonly Message: string;
  readonly Meta: Readonly<Record<string, unknown>> | null;
  readonly EvalID: string | null;
  readonly Time: number;
  readonly CreateIndex: number;
}

export interface ScalingPolicy {
  readonly Min: number | null;
  readonly Max: number | null;
  readonly Policy: Readonly<Record<string, unknown>> | null;
  readonly Enabled: boolean | null;
  readonly Type: string;
  readonly ID: string;
  readonly Namespace: string;
  readonly Target: Readonly<Record<string, string>> | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ScalingPolicyListStub {
  readonly ID: string;
  readonly Enabled: boolean;
  readonly Type: string;
  readonly Target: Readonly<Record<string, string>> | null;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ScalingRequest {
  readonly Count: number | null;
  readonly Target: Readonly<Record<string, string>> | null;
  readonly Message: string;
  readonly Error: boolean;
  readonly Meta: Readonly<Record<string, unknown>> | null;
  readonly PolicyOverride: boolean;
  readonly JobModifyIndex: number;
}

export interface SchedulerConfiguration {
  readonly SchedulerAlgorithm: string;
  readonly PreemptionConfig: PreemptionConfig;
  readonly MemoryOversubscriptionEnabled: boolean;
  readonly RejectJobRegistration: boolean;
  readonly PauseEvalBroker: boolean;
  readonly NodeLimitForFeasibilityChecks: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface SchedulerConfigurationResponse {
  readonly SchedulerConfig: SchedulerConfiguration | null;
}

export interface SchedulerSetConfigurationResponse {
  readonly Updated: boolean;
}

export interface SchedulerWorkerPoolArgs {
  readonly NumSchedulers: number;
  readonly EnabledSchedulers: readonly string[] | null;
}

export interface SearchResponse {
  readonly Matches: Readonly<Record<string, readonly string[] | null>> | null;
  readonly Truncations: Readonly<Record<string, boolean>> | null;
}

export interface Secret {
  readonly Name: string;
  readonly Provider: string;
  readonly Path: string;
  readonly Config: Readonly<Record<string, unknown>> | null;
  readonly Env: Readonly<Record<string, string>> | null;
}

export interface ServerHealth {
  readonly ID: string;
  readonly Name: string;
  readonly Address: string;
  readonly SerfStatus: string;
  readonly Version: string;
  readonly Leader: boolean;
  readonly LastContact: string;
  readonly LastTerm: number;
  readonly LastIndex: number;
  readonly Healthy: boolean;
  readonly Voter: boolean;
  readonly StableSince: string;
}

export interface ServerMembers {
  readonly ServerName: string;
  readonly ServerRegion: string;
  readonly ServerDC: string;
  readonly Members: readonly AgentMember[] | null;
}

export interface Service {
  readonly Name: string;
  readonly Tags: readonly string[] | null;
  readonly CanaryTags: readonly string[] | null;
  readonly EnableTagOverride: boolean;
  readonly PortLabel: string;
  readonly AddressMode: string;
  readonly Address: string;
  readonly Checks: readonly ServiceCheck[] | null;
  readonly CheckRestart: CheckRestart | null;
  readonly Connect: ConsulConnect | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly CanaryMeta: Readonly<Record<string, string>> | null;
  readonly TaggedAddresses: Readonly<Record<string, string>> | null;
  readonly TaskName: string;
  readonly OnUpdate: string;
  readonly Identity: WorkloadIdentity | null;
  readonly Weights: ServiceWeights | null;
  readonly Provider: string;
  readonly Cluster: string;
  readonly Kind: string;
}

export interface ServiceCheck {
  readonly Name: string;
  readonly Type: string;
  readonly Command: string;
  readonly Args: readonly string[] | null;
  readonly Path: string;
  readonly Protocol: string;
  readonly PortLabel: string;
  readonly Expose: boolean;
  readonly AddressMode: string;
  readonly Advertise: string;
  readonly Interval: number;
  readonly Timeout: number;
  readonly InitialStatus: string;
  readonly Notes: string;
  readonly TLSServerName: string;
  readonly TLSSkipVerify: boolean;
  readonly Header: Readonly<Record<string, readonly string[] | null>> | null;
  readonly Method: string;
  readonly CheckRestart: CheckRestart | null;
  readonly GRPCService: string;
  readonly GRPCUseTLS: boolean;
  readonly TaskName: string;
  readonly SuccessBeforePassing: number;
  readonly FailuresBeforeCritical: number;
  readonly FailuresBeforeWarning: number;
  readonly Body: string;
  readonly OnUpdate: string;
}

export interface ServiceRegistration {
  readonly ID: string;
  readonly ServiceName: string;
  readonly Namespace: string;
  readonly NodeID: string;
  readonly Datacenter: string;
  readonly JobID: string;
  readonly AllocID: string;
  readonly Tags: readonly string[] | null;
  readonly Address: string;
  readonly Port: number;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface ServiceRegistrationListStub {
  readonly Namespace: string;
  readonly Services: readonly ServiceRegistrationStub[] | null;
}

export interface ServiceRegistrationStub {
  readonly ServiceName: string;
  readonly Tags: readonly string[] | null;
}

export interface ServiceWeights {
  readonly Passing: number;
  readonly Warning: number;
}

export interface SidecarTask {
  readonly Name: string;
  readonly Driver: string;
  readonly User: string;
  readonly Config: Readonly<Record<string, unknown>> | null;
  readonly Env: Readonly<Record<string, string>> | null;
  readonly Resources: Resources | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly KillTimeout: number | null;
  readonly LogConfig: LogConfig | null;
  readonly ShutdownDelay: number | null;
  readonly KillSignal: string;
  readonly VolumeMounts: readonly VolumeMount[] | null;
  readonly Identities: readonly WorkloadIdentity[] | null;
}

export interface Spread {
  readonly Attribute: string;
  readonly Weight: number | null;
  readonly SpreadTarget: readonly SpreadTarget[] | null;
}

export interface SpreadTarget {
  readonly Value: string;
  readonly Percent: number;
}

export interface StatObject {
  readonly Nested: Readonly<Record<string, StatObject>> | null;
  readonly Attributes: Readonly<Record<string, StatValue>> | null;
}

export interface StatValue {
  readonly FloatNumeratorVal?: number | null;
  readonly FloatDenominatorVal?: number | null;
  readonly IntNumeratorVal?: number | null;
  readonly IntDenominatorVal?: number | null;
  readonly StringVal?: string | null;
  readonly BoolVal?: boolean | null;
  readonly Unit?: string;
  readonly Desc?: string;
}

export interface Task {
  readonly Name: string;
  readonly Driver: string;
  readonly User: string;
  readonly Lifecycle: TaskLifecycle | null;
  readonly Config: Readonly<Record<string, unknown>> | null;
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
  readonly Env: Readonly<Record<string, string>> | null;
  readonly Services: readonly Service[] | null;
  readonly Resources: Resources | null;
  readonly RestartPolicy: RestartPolicy | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly KillTimeout: number | null;
  readonly LogConfig: LogConfig | null;
  readonly Artifacts: readonly TaskArtifact[] | null;
  readonly Vault: Vault | null;
  readonly Consul: Consul | null;
  readonly Templates: readonly Template[] | null;
  readonly DispatchPayload: DispatchPayloadConfig | null;
  readonly VolumeMounts: readonly VolumeMount[] | null;
  readonly CSIPluginConfig?: TaskCSIPluginConfig | null;
  readonly Leader: boolean;
  readonly ShutdownDelay: number;
  readonly KillSignal: string;
  readonly Kind: string;
  readonly ScalingPolicies: readonly ScalingPolicy[] | null;
  readonly Secrets: readonly Secret[] | null;
  readonly Identity: WorkloadIdentity | null;
  readonly Identities: readonly WorkloadIdentity[] | null;
  readonly Actions: readonly Action[] | null;
  readonly Schedule: TaskSchedule | null;
}

export interface TaskArtifact {
  readonly GetterSource: string | null;
  readonly GetterOptions: Readonly<Record<string, string>> | null;
  readonly GetterHeaders: Readonly<Record<string, string>> | null;
  readonly GetterMode: string | null;
  readonly GetterInsecure: boolean | null;
  readonly RelativeDest: string | null;
  readonly Chown: boolean;
}

export interface TaskCSIPluginConfig {
  readonly ID: string;
  readonly Type: string;
  readonly MountDir: string;
  readonly StagePublishBaseDir: string;
  readonly HealthTimeout: number;
}

export interface TaskDiff {
  readonly Type: string;
  readonly Name: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
  readonly Annotations: readonly string[] | null;
}

export interface TaskEvent {
  readonly Type: string;
  readonly Time: number;
  readonly DisplayMessage: string;
  readonly Details: Readonly<Record<string, string>> | null;
  readonly Message: string;
  readonly FailsTask: boolean;
  readonly RestartReason: string;
  readonly SetupError: string;
  readonly DriverError: string;
  readonly DriverMessage: string;
  readonly ExitCode: number;
  readonly Signal: number;
  readonly KillReason: string;
  readonly KillTimeout: number;
  readonly KillError: string;
  readonly StartDelay: number;
  readonly DownloadError: string;
  readonly ValidationError: string;
  readonly DiskLimit: number;
  readonly DiskSize: number;
  readonly FailedSibling: string;
  readonly VaultError: string;
  readonly TaskSignalReason: string;
  readonly TaskSignal: string;
  readonly GenericSource: string;
}

export interface TaskGroup {
  readonly Name: string;
  readonly Count: number;
  readonly Constraints: readonly Constraint[] | null;
  readonly Affinities: readonly Affinity[] | null;
  readonly Tasks: readonly Task[] | null;
  readonly Spreads: readonly Spread[] | null;
  readonly Volumes: Readonly<Record<string, VolumeRequest>> | null;
  readonly RestartPolicy: RestartPolicy | null;
  readonly Disconnect: DisconnectStrategy | null;
  readonly ReschedulePolicy: ReschedulePolicy | null;
  readonly EphemeralDisk: EphemeralDisk | null;
  readonly Update: UpdateStrategy | null;
  readonly Migrate: MigrateStrategy | null;
  readonly Networks: readonly NetworkResource[] | null;
  readonly Meta: Readonly<Record<string, string>> | null;
  readonly Services: readonly Service[] | null;
  readonly ShutdownDelay: number | null;
  readonly MaxRunDuration: number | null;
  readonly StopAfterClientDisconnect: number | null;
  readonly MaxClientDisconnect: number | null;
  readonly Scaling: ScalingPolicy | null;
  readonly Consul: Consul | null;
  readonly PreventRescheduleOnLost: boolean | null;
}

export interface TaskGroupDiff {
  readonly Type: string;
  readonly Name: string;
  readonly Fields: readonly FieldDiff[] | null;
  readonly Objects: readonly ObjectDiff[] | null;
  readonly Tasks: readonly TaskDiff[] | null;
  readonly Updates: Readonly<Record<string, number>> | null;
}

export interface TaskGroupHostVolumeClaim {
  readonly ID: string;
  readonly Namespace: string;
  readonly JobID: string;
  readonly TaskGroupName: string;
  readonly AllocID: string;
  readonly VolumeID: string;
  readonly VolumeName: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
}

export interface TaskGroupScaleStatus {
  readonly Desired: number;
  readonly Placed: number;
  readonly Running: number;
  readonly Healthy: number;
  readonly Unhealthy: number;
  readonly Events: readonly ScalingEvent[] | null;
}

export interface TaskGroupSummary {
  readonly Queued: number;
  readonly Complete: number;
  readonly Failed: number;
  readonly Running: number;
  readonly Starting: number;
  readonly Lost: number;
  readonly Unknown: number;
}

export interface TaskLifecycle {
  readonly Hook: string;
  readonly Sidecar: boolean;
}

export interface TaskResourceUsage {
  readonly ResourceUsage: ResourceUsage | null;
  readonly Timestamp: number;
  readonly Pids: Readonly<Record<string, ResourceUsage>> | null;
}

export interface TaskSchedule {
  readonly Cron: TaskScheduleCron | null;
}

export interface TaskScheduleCron {
  readonly Start: string;
  readonly End: string;
  readonly Timezone: string;
}

export interface TaskState {
  readonly State: string;
  readonly Failed: boolean;
  readonly Restarts: number;
  readonly LastRestart: string;
  readonly StartedAt: string;
  readonly FinishedAt: string;
  readonly Events: readonly TaskEvent[] | null;
}

export interface Template {
  readonly SourcePath: string | null;
  readonly DestPath: string | null;
  readonly EmbeddedTmpl: string | null;
  readonly ChangeMode: string | null;
  readonly ChangeScript: ChangeScript | null;
  readonly ChangeSignal: string | null;
  readonly Once: boolean | null;
  readonly Splay: number | null;
  readonly Perms: string | null;
  readonly Uid: number | null;
  readonly Gid: number | null;
  readonly LeftDelim: string | null;
  readonly RightDelim: string | null;
  readonly Envvars: boolean | null;
  readonly VaultGrace: number | null;
  readonly Wait: WaitConfig | null;
  readonly ErrMissingKey: boolean | null;
}

export interface UpdateStrategy {
  readonly Stagger: number | null;
  readonly MaxParallel: number | null;
  readonly HealthCheck: string | null;
  readonly MinHealthyTime: number | null;
  readonly HealthyDeadline: number | null;
  readonly ProgressDeadline: number | null;
  readonly Canary: number | null;
  readonly AutoRevert: boolean | null;
  readonly AutoPromote: boolean | null;
}

export interface Variable {
  readonly Namespace: string;
  readonly Path: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
  readonly Items: Readonly<Record<string, string>> | null;
  readonly Lock?: VariableLock | null;
}

export interface VariableLock {
  readonly ID: string;
  readonly TTL: string;
  readonly LockDelay: string;
}

export interface VariableMetadata {
  readonly Namespace: string;
  readonly Path: string;
  readonly CreateIndex: number;
  readonly ModifyIndex: number;
  readonly CreateTime: number;
  readonly ModifyTime: number;
  readonly Lock?: VariableLock | null;
}

export interface Vault {
  readonly Policies: readonly string[] | null;
  readonly Role: string;
  readonly Namespace: string | null;
  readonly Cluster: string;
  readonly Env: boolean | null;
  readonly DisableFile: boolean | null;
  readonly ChangeMode: string | null;
  readonly ChangeSignal: string | null;
  readonly AllowTokenExpiration: boolean | null;
}

export interface VaultAccessor {
  readonly AllocID: string;
  readonly Task: string;
  readonly NodeID: string;
  readonly Accessor: string;
  readonly CreationTTL: number;
  readonly CreateIndex: number;
}

export interface VaultWorkloadIdentityUpgradeCheck {
  readonly JobsWithoutVaultIdentity: readonly JobListStub[] | null;
  readonly OutdatedNodes: readonly NodeListStub[] | null;
  readonly VaultTokens: readonly VaultAccessor[] | null;
}

export interface VolumeMount {
  readonly Volume: string | null;
  readonly Destination: string | null;
  readonly ReadOnly: boolean | null;
  readonly PropagationMode: string | null;
  readonly SELinuxLabel: string | null;
}

export interface VolumeRequest {
  readonly Name: string;
  readonly Type: string;
  readonly Source: string;
  readonly ReadOnly: boolean;
  readonly Sticky: boolean;
  readonly AccessMode: string;
  readonly AttachmentMode: string;
  readonly MountOptions: CSIMountOptions | null;
  readonly PerAlloc: boolean;
}

export interface WaitConfig {
  readonly Min: number | null;
  readonly Max: number | null;
}

export interface WorkloadIdentity {
  readonly Name: string;
  readonly Audience: readonly string[] | null;
  readonly ChangeMode: string;
  readonly ChangeSignal: string;
  readonly Env: boolean;
  readonly File: boolean;
  readonly Filepath: string;
  readonly ServiceName: string;
  readonly TTL: number;
  readonly ExtraClaims: readonly string[] | null;
}
