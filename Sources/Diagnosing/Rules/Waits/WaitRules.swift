/// What busy sessions wait for.
let waitRules: [any Rule.Type] = [
    MoreActiveThanCores.self, SynchronousReplication.self, RelationExtension.self, BufferContention.self,
    LockManager.self, SubtransactionOverflow.self, MultixactPressure.self, WALWrites.self, DataFileReads.self,
    ClientWaits.self, TemporaryFiles.self, HotLightweightLock.self, ProfileShift.self,
]
