/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let planRules: [any Rule.Type] = [
    RepeatedSequentialScan.self, LimitWalksIndex.self, PartitionsNotPruned.self,
    ParameterSensitive.self, GenericPlanForced.self, PlanChanges.self, LoggedSlowCall.self,
]
