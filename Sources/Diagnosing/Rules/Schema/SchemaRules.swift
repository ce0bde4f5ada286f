/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let schemaRules: [any Rule.Type] = [
    DisabledTriggers.self, ConstraintNotValidated.self, ForeignKeyTypeMismatch.self, ForeignKeyDuplicate.self,
    ForeignKeyPartlyNull.self, NoPrimaryKey.self, IntegerKeyFilling.self, UnloggedTable.self, PartitionsEndSoon.self,
    RowsInDefaultPartition.self, TooManyPartitions.self, PartitioningCandidate.self, WideRowsScanned.self,
    JSONForJSONB.self, ColumnPadding.self, PolicyPerRow.self, PermissivePolicies.self, VolatileByNeglect.self,
]
