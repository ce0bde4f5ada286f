/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let workloadRules: [any Rule.Type] = [
    HeavyStatement.self, ErraticStatement.self, SpillingStatement.self, NPlusOne.self, RowByRowInsert.self,
    UnboundedResult.self, JITOverhead.self, PlanningDominates.self, LoadInAnotherDatabase.self,
    StatisticsEvicted.self, StatementsNotTracked.self,
    RowByRowWrite.self, MassWrite.self, ChattyTransaction.self,
    StatementFlood.self, Polling.self, DisruptiveMaintenance.self, TemporaryTableChurn.self,
    WALHeavyStatement.self, ReadBoundStatement.self,
    TrafficSurge.self, NewStatement.self,
]
