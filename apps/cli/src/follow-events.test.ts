import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { runCli } from './run-cli.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const line = (n: number, text = `line ${n}`) =>
  `id: ${n}\nevent: line\ndata: ${JSON.stringify({ line: n, stream: 'out', text, at: n })}\n\n`
const stream = (response: ServerResponse) =>
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' })

/** Follows a run on a server that gives one answer after the other. */
async function follow(answers: readonly Answer[], ...options: string[]) {
  const asked: (string | undefined)[] = []
  let paths = ''
  const server = createServer((request, response) => {
    paths = request.url ?? ''
    asked.push(request.headers['last-event-id'] as string | undefined)
    const answer = answers[Math.min(asked.length, answers.length) - 1]
    answer?.(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  let out = ''
  let err = ''
  try {
    const code = await runCli(['run', 'log', 'run_1', '--follow', '--url', url, '--token', 't', ...options], {
      stdout: { write: (text: string) => (out += text) },
      stderr: { write: (text: string) => (err += text) },
      env: {},
      fetch,
      stdin: async () => new Uint8Array(),
    })
    return { code, out, err, asked, path: paths }
  } finally {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
}

test('lines are printed as they come, in whatever pieces, until the run ends', async () => {
  const { code, out, asked, path } = await follow([
    (_, response) => {
      stream(response).write(`retry: 1000\n\n: still here\n\n${line(1)}${line(2).slice(0, 20)}`)
      setTimeout(() => response.end(`${line(2, 'café \u001b[31m').slice(20)}event: end\ndata: {}\n\n`), 20)
    },
  ])
  assert.equal(code, 0)
  assert.match(out, /^ {4}1 {2}out {2}line 1\n {4}2 {2}out {2}/)
  // What a plugin writes cannot move the cursor of whoever reads it.
  assert.ok(!out.includes('\u001b'))
  assert.deepEqual([asked, path], [['0'], '/runs/run_1/events'])
})

test('a connection that drops is taken up after the last whole line, and nothing is printed twice', async () => {
  const { code, out, err, asked } = await follow(
    [
      (_, response) => {
        stream(response).write(`${line(1)}${line(2)}id: 3\nevent: li`)
        setTimeout(() => response.destroy(), 20)
      },
      (_, response) => void response.writeHead(503).end('stopping'),
      (_, response) => void stream(response).end(`${line(3)}event: end\ndata: {}\n\n`),
    ],
    '--json',
  )
  assert.equal(code, 0, err)
  assert.deepEqual(
    out
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text).line),
    [1, 2, 3],
  )
  assert.deepEqual(asked, ['0', '2', '2'])
})

test('what the server refuses, and what is no stream at all, end the command with their own codes', async () => {
  const problem = {
    category: 'not_found',
    code: 'run_unknown',
    message: 'There is no run.',
    change: 'List them.',
    params: {},
  }
  const unknown = await follow([
    (_, response) =>
      void response
        .writeHead(404, { 'content-type': 'application/problem+json' })
        .end(JSON.stringify(problem)),
  ])
  assert.deepEqual([unknown.code, /run_unknown/.test(unknown.err)], [13, true])
  const page = await follow([
    (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
  ])
  assert.deepEqual([page.code, /no event stream/.test(page.err)], [3, true])
  const other = await runCli(['run', 'list', '--follow'], {
    stdout: { write: () => 0 },
    stderr: { write: () => 0 },
    env: {},
    fetch,
    stdin: async () => new Uint8Array(),
  })
  assert.equal(other, 2)
})
