// What an integrator writes with the generated client; prints what a test compares.

import { client } from './client/client.gen';
import { ask, currentBuild, listFacets, listPractices, search, showPractice, similar } from './client/sdk.gen';
import type { AnswerJson, Problem } from './client/types.gen';

const [address, question, offTopic] = process.argv.slice(2);
client.setConfig({ baseUrl: address });

async function answered(text: string): Promise<AnswerJson> {
  const { data, error } = await ask({ body: { question: text } });
  if (!data) throw new Error(JSON.stringify(error));
  return data;
}

async function main(): Promise<void> {
  const answer = await answered(question);
  const refusal = await answered(offTopic);
  const first = answer.hits[0].practice.id;
  const bad = await ask({ body: { question: '?' } });
  const problem = bad.error as Problem;
  const told = {
    build: (await currentBuild()).data?.build,
    answered: answer.answered,
    advice: answer.advice.map((line) => line.text),
    refusal: { reason: refusal.reason, nearest: refusal.nearest.map((practice) => practice.id) },
    found: (await search({ body: { question, top: 1 } })).data?.map((hit) => hit.practice.id),
    listed: (await listPractices({ query: { limit: 2 } })).data?.map((practice) => practice.id),
    title: (await showPractice({ path: { practice: first } })).data?.title,
    similar: (await similar({ path: { practice: first }, query: { top: 1 } })).data?.length,
    facets: Object.keys((await listFacets()).data ?? {}),
    problem: { status: bad.response.status, type: problem.type },
  };
  console.log(JSON.stringify(told));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
