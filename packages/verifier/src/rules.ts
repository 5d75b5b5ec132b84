/** Every rule by the check it belongs to: the tables of section 11 of both formats, which a test compares with this one. */
export const rulesByCheck = {
  file: ['file_magic', 'file_layout', 'file_section', 'file_digest', 'file_deflate', 'file_too_large'],
  lines: [
    'bundle_empty',
    'bundle_too_large',
    'line_not_ended',
    'line_too_long',
    'line_unexpected',
    'line_shape',
    'utf8_invalid',
    'json_invalid',
    'json_not_canonical',
    'json_duplicate_key',
    'json_lone_surrogate',
    'json_too_deep',
    'findings_truncated',
  ],
  manifest: [
    'manifest_missing',
    'manifest_shape',
    'manifest_version',
    'manifest_scope',
    'manifest_document_missing',
    'manifest_log',
  ],
  groups: ['group_head', 'group_column', 'group_varint', 'group_value', 'group_order'],
  entries: [
    'entry_base64',
    'entry_length',
    'entry_magic',
    'entry_version',
    'entry_id',
    'entry_trace',
    'entry_parent',
    'entry_at',
    'entry_phase',
    'entry_decision',
    'entry_sandbox',
    'entry_retention',
    'entry_class',
    'entry_number',
    'entry_check',
  ],
  order: [
    'index_order',
    'id_duplicate',
    'parent_kind',
    'parent_order',
    'parent_trace',
    'outcome_duplicate',
    'parent_absent',
    'outcome_absent',
  ],
  parts: ['part_unknown', 'part_salt', 'part_commitment', 'part_shape'],
  totals: ['manifest_count', 'manifest_receipts', 'manifest_perf_cost', 'manifest_package_missing'],
  documents: ['document_count', 'document_name', 'document_base64', 'document_bytes', 'document_sha256'],
  export: ['export_missing', 'export_redacted', 'export_operation', 'export_decision', 'export_manifest'],
  statements: ['statement_form', 'statement_receipt', 'statement_overlap'],
  folds: ['fold_statement', 'fold_partial', 'fold_fixed'],
  proof: ['subtree_known', 'trailer_missing', 'proof_base64', 'proof_index', 'proof_length', 'proof_root'],
  checkpoint: [
    'checkpoint_form',
    'checkpoint_origin',
    'checkpoint_key',
    'checkpoint_signature',
    'checkpoint_duplicate',
    'checkpoint_key_retired',
    'log_key_missing',
    'log_key_form',
  ],
  witnesses: [
    'cosignature_form',
    'cosignature_signature',
    'cosignature_future',
    'witness_quorum',
    'witness_key_form',
  ],
  rotations: ['rotation_form', 'rotation_signature'],
  history: ['history_shape', 'history_order', 'history_proof'],
  saved: [
    'saved_form',
    'saved_key',
    'saved_signature',
    'saved_ahead',
    'saved_differs',
    'saved_fork',
    'saved_unproved',
  ],
  completeness: ['complete_form', 'complete_missing', 'complete_period'],
  attestations: ['attestation_invalid', 'publisher_key_form'],
  approvals: ['approval_self', 'approval_duplicate', 'approval_decision'],
} as const

export type Check = keyof typeof rulesByCheck
export type Rule = (typeof rulesByCheck)[Check][number]

const checkByRule = new Map<Rule, Check>()
for (const [check, rules] of Object.entries(rulesByCheck)) {
  // `Object.entries` forgets the key type that `as const` gave.
  for (const rule of rules) checkByRule.set(rule, check as Check)
}

export function checkOf(rule: Rule): Check {
  return checkByRule.get(rule) ?? 'lines'
}
