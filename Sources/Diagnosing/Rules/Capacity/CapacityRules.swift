/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let capacityRules: [any Rule.Type] = [
    SequenceExhaustion.self, SlotRetainsWAL.self, ArchiverFailing.self, ChecksumFailures.self, ReplicationLag.self,
    StandbyReplayPaused.self, ConnectionLimitNear.self, WALDirectoryLarge.self, InactiveSlotWithoutLimit.self,
    SynchronousStandbyMissing.self, WALReceiverGone.self, ReplayHeldBySession.self, SubscriptionFailing.self,
    ServerLimitNear.self, IdleSessions.self,
    TemporaryFilesUnlimited.self, WALKeptBySetting.self, ArchiverLagging.self, SlowWALFlush.self,
    OldSessionMemory.self, ParallelWorkersStarved.self, ConnectionsRefused.self,
]
