/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let statisticsRules: [any Rule.Type] = [
    StaleStatistics.self,
    NeverAnalyzed.self,
    PartitionedRootNotAnalyzed.self,
    PartitionedRootStale.self, AllMissing.self, CorrelatedColumns.self, ExpressionWithoutStatistics.self,
    TargetTooLow.self, DistinctMisjudged.self,
]
