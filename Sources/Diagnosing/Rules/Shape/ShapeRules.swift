/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let shapeRules: [any Rule.Type] = [
    NotInNullableSubquery.self, FunctionOnIndexedColumn.self, LeadingWildcardSearch.self, OptionalFilter.self,
    OrAcrossRelations.self, DisconnectedJoin.self, CorrelatedSubqueryInSelectList.self, OffsetPaging.self,
    OrderByRandom.self, QueueWithoutSkipLocked.self,
    OuterJoinUndoneByWhere.self,
    UnionOfDisjointBranches.self,
    CountForExistence.self,
    HavingForWhere.self,
    DistinctHidesFanOut.self,
    MaterializedCTEFence.self,
    RecursionWithoutGuard.self,
    LimitWithoutOrder.self,
    TooManyJoins.self,
    ViewsOnViews.self,
    UnconditionalWrite.self,
    ArrayAnyColumn.self, JSONPathFilter.self, WideColumnsByStar.self, ImplicitCastOnIndexedColumn.self,
    UpdateDefeatsHOT.self,
]
