import { Typography } from '@mui/material'
import { Section } from '../../parts/section.tsx'
import { budgetSentences } from './budgets.ts'

export function BudgetsCard({ budgets }: { readonly budgets: unknown }) {
  return (
    <Section id="budgets" title="Budgets of a run">
      <Typography component="ul" sx={{ pl: 3, my: 1 }}>
        {budgetSentences(budgets).map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </Typography>
      <Typography color="textSecondary">
        A run that reaches one of them is ended, and pays for what it used.
      </Typography>
    </Section>
  )
}
