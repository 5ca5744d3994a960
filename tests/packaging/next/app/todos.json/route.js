export const dynamic = "force-dynamic";

export const GET = () => Response.json(["bread", "milk", "eggs"].map((title, at) => ({ id: `${at}`, title })));
