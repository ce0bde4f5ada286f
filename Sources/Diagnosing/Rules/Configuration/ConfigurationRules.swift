/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let configurationRules: [any Rule.Type] = [
    DurabilityOff.self, DamageIgnored.self, AutovacuumOff.self, CheckpointsRequested.self, PlannerSwitchOff.self,
    FileErrors.self, PendingRestart.self, WorkMemTimesConnections.self, SharedBuffersDefault.self,
    TransactionTimeoutsUnset.self, BlindSpots.self, MinorVersionLag.self, EndOfLifeVersion.self,
    ExtensionOutdated.self, ChangedBetweenReadings.self, RolePlannerSwitchOff.self, RoleSkipsChecks.self,
    RoleCommitsUnsafe.self, RoleTimeoutLifted.self, RandomPageCostHigh.self, WALLevelWithoutUse.self, LogFloods.self,
    LogHidesErrors.self, ReplicationTimeoutOff.self, NoReservedConnections.self,
    CheckpointInAHurry.self,
    FullPageImages.self, WALBuffersFull.self, BackendsWriteBuffers.self, BackendFsyncs.self, HugePagesOff.self,
    HashMemoryMultiplierOne.self, SharedBuffersCrowded.self, DriftBetweenNodes.self,
]
