declare module "*.js?raw" {
  const code: string;
  export default code;
}
