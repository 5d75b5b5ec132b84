import { Card, CardContent, Typography } from '@mui/material'
import { budgetSentences } from './budgets.ts'

export function BudgetsCard({ budgets }: { readonly budgets: unknown }) {
  return (
    <Card component="section" aria-labelledby="budgets">
      <CardContent>
        <Typography variant="h2" id="budgets">
          Budgets of a run
        </Typography>
        <Typography component="ul" sx={{ pl: 3, my: 1 }}>
          {budgetSentences(budgets).map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </Typography>
        <Typography color="textSecondary">
          A run that reaches one of them is ended, and pays for what it used.
        </Typography>
      </CardContent>
    </Card>
  )
}
