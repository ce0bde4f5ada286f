/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let indexRules: [any Rule.Type] = [
    MissingForPredicate.self,
    MissingOnForeignKey.self,
    InvalidIndex.self, DuplicateIndex.self, RedundantPrefixIndex.self, UnusedIndex.self, WriteCostWithoutReads.self,
    PrefixSearchCollation.self, TooManyIndexes.self, BTreeOnContents.self, MostlyNull.self, FewValues.self,
    ConditionAlwaysTrue.self, WideKey.self, ReorderedColumns.self,
]
