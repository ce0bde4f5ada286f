/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let lockRules: [any Rule.Type] = [
    BlockingSession.self,
    DDLQueue.self,
    IdleInTransaction.self,
    Deadlocks.self,
    LockOrder.self,
    LoggedLockWaits.self,
    LockTimeouts.self,
]
