/// Rules of this area, in the order in which `pgmedic rules list` shows them.
let schemaRules: [any Rule.Type] = [
    DisabledTriggers.self, ConstraintNotValidated.self, ForeignKeyTypeMismatch.self, NoPrimaryKey.self,
    UnloggedTable.self,
]
